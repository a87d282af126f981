/** Documents of text and JSON lines files, in pieces of bounded size. */
package io.logitstream.producers.corpus.text;
