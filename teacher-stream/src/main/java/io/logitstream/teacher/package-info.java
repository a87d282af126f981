/** Tokens topic to logits topic: a Kafka Streams application that runs a teacher over every token batch. */
package io.logitstream.teacher;
