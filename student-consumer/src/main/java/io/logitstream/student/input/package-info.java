/** From the topic to batches: fetching, the turn of the partitions, decoding, corpora and their ends, shuffling. */
package io.logitstream.student.input;
