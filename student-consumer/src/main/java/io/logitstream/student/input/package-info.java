/** Logits topic to training batches: partitions in turn, decoding, corpora and their ends, shuffling. */
package io.logitstream.student.input;
