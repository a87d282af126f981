/** Packed streams of several members or frames, read to their end and damaged only from a known place on. */
package io.logitstream.producers.corpus.compression;
