/** Decoding of the tokens topic: which records are used, which become dead letters, and which stop the stream. */
package io.logitstream.teacher.input;
