/**
 * The logits of a batch in memory: kept token ids with their log-probabilities, the mass left out, and the checks on them.
 */
package io.logitstream.schemas.logits;
