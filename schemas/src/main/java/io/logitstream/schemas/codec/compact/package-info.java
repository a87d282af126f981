/**
 * The codec {@code compact-1}: quantised probabilities and predicted ids, with prefix codes that are built for each
 * batch. {@code schemas/README.md} specifies each bit, {@code docs/explanation/codec.md} gives the reasons.
 */
package io.logitstream.schemas.codec.compact;
