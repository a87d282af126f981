package io.logitstream.schemas.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import io.logitstream.schemas.LogitsBatch;
import io.logitstream.schemas.Samples;
import io.logitstream.schemas.TokenBatch;
import java.nio.ByteBuffer;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Bytes that earlier releases have written, under the schemas that they had, are read by today's code. A release that
 * changes a schema adds a folder of its own; none is ever changed.
 */
class OldRecordsTest {
    private final MockSchemaRegistryClient registry = new MockSchemaRegistryClient();

    @ParameterizedTest
    @ValueSource(strings = "0.1.0")
    void recordsOfAReleaseAreRead(String release) throws Exception {
        Schema.Parser parser = new Schema.Parser();
        Schema tokens = parser.parse(OldRecords.text(release, "TokenBatch.avsc"));
        Schema logits = parser.parse(OldRecords.text(release, "LogitsBatch.avsc"));

        assertThat(read(release, "TokenBatch", tokens, TokenBatch.class)).isEqualTo(Samples.tokenBatch());
        assertThat(read(release, "LogitsBatch", logits, LogitsBatch.class)).isEqualTo(Samples.logitsBatch());
        assertThat(compatibility(TokenBatch.getClassSchema(), tokens))
                .isEqualTo(SchemaCompatibility.SchemaCompatibilityType.COMPATIBLE);
        assertThat(compatibility(LogitsBatch.getClassSchema(), logits))
                .isEqualTo(SchemaCompatibility.SchemaCompatibilityType.COMPATIBLE);
    }

    private <T extends SpecificRecord> T read(String release, String name, Schema written, Class<T> type)
            throws Exception {
        byte[] record = OldRecords.bytes(release, name);
        ByteBuffer.wrap(record).putInt(1, registry.register(name + "-value", new AvroSchema(written)));
        return new AvroDeserializer<>(registry, type).deserialize("topic", record);
    }

    private static SchemaCompatibility.SchemaCompatibilityType compatibility(Schema reader, Schema writer) {
        return SchemaCompatibility.checkReaderWriterCompatibility(reader, writer)
                .getType();
    }
}
