/** Decompression of gzip and zstd streams with several members or frames, which keeps the text before a damage. */
package io.logitstream.producers.corpus.compression;
