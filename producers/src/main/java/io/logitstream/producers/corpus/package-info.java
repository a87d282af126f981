/** Reading of a corpus: its files, including archives and compressed files, as a stream of documents in pieces. */
package io.logitstream.producers.corpus;
