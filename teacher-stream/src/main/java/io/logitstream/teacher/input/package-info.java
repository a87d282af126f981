/** Records of the tokens topic on their way to the teacher: what is used, what is dead-lettered, what stops the stream. */
package io.logitstream.teacher.input;
