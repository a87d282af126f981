/** Files of a corpus before they are read: folders and their links, kinds of content, reasons of a failure. */
package io.logitstream.producers.corpus.files;
