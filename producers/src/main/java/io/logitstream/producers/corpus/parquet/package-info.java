/**
 * Texts of one column of Parquet files, read page by page. Memory is bounded by the buffers of a page's decompression,
 * not by the size of a row group, page or value; only a dictionary is held as a whole. Files are untrusted: each size
 * is checked against the bytes that are there before anything is allocated.
 */
package io.logitstream.producers.corpus.parquet;
