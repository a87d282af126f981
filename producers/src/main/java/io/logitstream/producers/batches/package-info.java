/** Token batches of a corpus: documents are tokenized, packed into rows without padding, and read ahead. */
package io.logitstream.producers.batches;
