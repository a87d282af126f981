/** Avro records in the Confluent wire format, and doubts about the schema registry. */
package io.logitstream.schemas.registry;
