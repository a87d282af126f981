/**
 * The codecs {@code compact-1} and {@code compact-1-supports}: quantised probabilities and predicted ids, with prefix
 * codes that are built for each batch. {@code schemas/README.md} specifies each bit, {@code docs/explanation/codec.md} gives the reasons.
 */
package io.logitstream.schemas.codec.compact;
