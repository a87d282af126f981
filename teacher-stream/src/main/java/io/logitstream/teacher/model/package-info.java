/**
 * Teachers, in this process or on a server: opening, the logits of one token batch, and replacement while the stream runs.
 */
package io.logitstream.teacher.model;
