/** Files of a corpus: folders, links, archives, their order, and recognition of files that are not text. */
package io.logitstream.producers.corpus.files;
