/** Entropy coding of {@code compact-1}: bits, four interleaved lanes and canonical prefix codes. */
package io.logitstream.schemas.codec.compact.coding;
