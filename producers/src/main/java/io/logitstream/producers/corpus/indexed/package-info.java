/**
 * Token ids in Megatron's indexed files, a {@code .bin} with its {@code .idx}. Both are read as streams, and every size
 * of the index is checked against the sizes of the files.
 */
package io.logitstream.producers.corpus.indexed;
