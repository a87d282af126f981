/**
 * The codec {@code compact-1}: quantised probabilities and predicted ids, in prefix codes of the batch's own, in four
 * lanes of bits that take turns. schemas/README.md describes it to the bit, docs/codec.md says why it is as it is.
 */
package io.logitstream.schemas.compact;
