/** Corpus to tokens topic: text is tokenized, packed into rows without padding and published exactly once. */
package io.logitstream.producers;
