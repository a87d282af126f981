/** Configuration of a corpus: files, globs and names. */
package io.logitstream.producers.corpus.source;
