/** Codecs of the logits payload, and logits records to and from {@code SparseLogits}. */
package io.logitstream.schemas.codec;
