/** Configuration of a corpus: source, globs, names and watched folders. */
package io.logitstream.producers.corpus.source;
