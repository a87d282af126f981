/**
 * The logits of a batch in memory: kept token ids with their log-probabilities, the remaining mass, and checks on them.
 */
package io.logitstream.schemas.logits;
