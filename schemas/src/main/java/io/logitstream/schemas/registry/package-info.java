/** Avro records in the Confluent wire format: serializer, deserializer, and the handling of unresolved schemas. */
package io.logitstream.schemas.registry;
