/** Watched folders, whose files become part of a corpus as they arrive. */
package io.logitstream.producers.corpus.watch;
