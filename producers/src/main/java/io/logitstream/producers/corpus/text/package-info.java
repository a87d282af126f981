/** Documents from text and JSON lines, in pieces of bounded size. */
package io.logitstream.producers.corpus.text;
