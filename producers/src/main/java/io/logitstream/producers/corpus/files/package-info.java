/** Files of a corpus: folders, links, archives, order and kinds of content. */
package io.logitstream.producers.corpus.files;
