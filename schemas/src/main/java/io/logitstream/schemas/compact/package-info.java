/**
 * The codec {@code compact-1}: quantised probabilities and predicted ids, entropy coded with interleaved rANS and tables
 * of the batch's own. schemas/README.md describes it to the bit, docs/codec.md says why it is as it is.
 */
package io.logitstream.schemas.compact;
