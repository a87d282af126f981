/** What the kept probabilities and the tail of a position must satisfy together. */
package io.logitstream.schemas.distribution;
