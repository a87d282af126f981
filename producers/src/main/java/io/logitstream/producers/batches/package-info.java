/** Batches from documents: tokenized, packed into rows without padding, read ahead. */
package io.logitstream.producers.batches;
