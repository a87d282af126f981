/** Publishing of a corpus to a tokens topic: tokenized, packed into rows without padding, each batch exactly once. */
package io.logitstream.producers;
