/** Reads a corpus: finds its files, opens archives and compressed files, and streams documents in pieces. */
package io.logitstream.producers.corpus;
