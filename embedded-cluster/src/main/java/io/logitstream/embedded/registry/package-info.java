/** The embedded schema registry: Confluent's HTTP interface over a compacted topic. */
package io.logitstream.embedded.registry;
