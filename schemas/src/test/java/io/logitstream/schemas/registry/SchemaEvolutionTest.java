package io.logitstream.schemas.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import io.logitstream.schemas.Samples;
import io.logitstream.schemas.TokenBatch;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.common.errors.SerializationException;
import org.junit.jupiter.api.Test;

/** Records written under other schemas than this version's. */
class SchemaEvolutionTest {

    private final MockSchemaRegistryClient registry = new MockSchemaRegistryClient();
    private final AvroDeserializer<TokenBatch> deserializer = new AvroDeserializer<>(registry, TokenBatch.class);

    @Test
    void anOlderSchemaWithoutAFieldGivesItsDefault() throws Exception {
        Schema older = changed(fields -> {
            fields.removeIf(
                    field -> field.name().equals("endOfCorpus") || field.name().equals("documentEnd"));
            return fields;
        });

        assertThat(deserializer.deserialize("tokens", write(older))).isEqualTo(Samples.tokenBatch());
    }

    @Test
    void aNewerSchemaWithAFurtherFieldIsRead() throws Exception {
        Schema newer = changed(fields -> {
            fields.add(0, new Schema.Field("note", Schema.create(Schema.Type.STRING), null, "none"));
            return fields;
        });

        assertThat(deserializer.deserialize("tokens", write(newer))).isEqualTo(Samples.tokenBatch());
    }

    @Test
    void aSchemaFromTheFutureThatDoesNotResolveIsNamed() throws Exception {
        Schema future = changed(fields -> {
            fields.removeIf(field -> field.name().equals("tokenizerHash"));
            return fields;
        });
        byte[] record = write(future);
        int id = ByteBuffer.wrap(record).getInt(1);

        assertThatThrownBy(() -> deserializer.deserialize("tokens", record))
                .isInstanceOf(SerializationException.class)
                .hasMessageContainingAll("topic tokens", "schema id " + id, "TokenBatch", "tokenizerHash", "version");
    }

    @Test
    void anotherRecordIsNamed() {
        byte[] record = new AvroSerializer<>(registry).serialize("tokens", Samples.logitsBatch());

        assertThatThrownBy(() -> deserializer.deserialize("tokens", record))
                .isInstanceOf(SerializationException.class)
                .hasMessageContainingAll("LogitsBatch", "TokenBatch");
    }

    private static Schema changed(UnaryOperator<List<Schema.Field>> change) {
        List<Schema.Field> fields = new ArrayList<>();
        TokenBatch.getClassSchema().getFields().forEach(field -> fields.add(new Schema.Field(field, field.schema())));
        return Schema.createRecord("TokenBatch", null, "io.logitstream.schemas", false, change.apply(fields));
    }

    private byte[] write(Schema writer) throws Exception {
        GenericData.Record record = new GenericData.Record(writer);
        TokenBatch batch = Samples.tokenBatch();
        for (Schema.Field field : writer.getFields()) {
            Schema.Field own = TokenBatch.getClassSchema().getField(field.name());
            record.put(field.name(), own == null ? "a note" : batch.get(own.pos()));
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(ByteBuffer.allocate(5)
                .put((byte) 0)
                .putInt(registry.register("tokens-value", new AvroSchema(writer)))
                .array());
        BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
        new GenericDatumWriter<GenericData.Record>(writer).write(record, encoder);
        encoder.flush();
        return out.toByteArray();
    }
}
