/** Codecs of the logits payload, and conversion of logits records to {@code SparseLogits}. */
package io.logitstream.schemas.codec;
