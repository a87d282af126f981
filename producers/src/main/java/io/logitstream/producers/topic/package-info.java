/**
 * The tokens topic on the publisher's side: partitions of batches, producer, transactions, and the published part of a
 * corpus.
 */
package io.logitstream.producers.topic;
