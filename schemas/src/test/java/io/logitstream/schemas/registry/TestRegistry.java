package io.logitstream.schemas.registry;

import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import org.apache.avro.specific.SpecificRecord;

/** Serializes as a producer would, against a registry in memory. */
public final class TestRegistry {

    private TestRegistry() {}

    public static byte[] serialize(SpecificRecord record) {
        return new AvroSerializer<>(new MockSchemaRegistryClient()).serialize("topic", record);
    }
}
