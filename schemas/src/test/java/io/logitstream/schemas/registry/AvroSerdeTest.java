package io.logitstream.schemas.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.confluent.kafka.schemaregistry.ParsedSchema;
import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.LogitsBatch;
import io.logitstream.schemas.Samples;
import io.logitstream.schemas.TokenBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.apache.avro.Schema;
import org.apache.kafka.common.errors.SerializationException;
import org.junit.jupiter.api.Test;

class AvroSerdeTest {

    private final SchemaRegistryClient registry = new MockSchemaRegistryClient();
    private final AvroSerializer<LogitsBatch> serializer = new AvroSerializer<>(registry);
    private final AvroDeserializer<LogitsBatch> deserializer = new AvroDeserializer<>(registry, LogitsBatch.class);

    @Test
    void recordsComeBack() {
        LogitsBatch batch = Samples.logitsBatch();

        assertThat(deserializer.deserialize("logits", serializer.serialize("logits", batch)))
                .isEqualTo(batch);
        assertThat(deserializer.deserialize("logits", serializer.serialize("copy-of-logits", batch)))
                .isEqualTo(batch);
    }

    @Test
    void nullStaysNull() {
        assertThat(serializer.serialize("logits", null)).isNull();
        assertThat(deserializer.deserialize("logits", null)).isNull();
    }

    @Test
    void writesZeroAndTheSchemaIdBigEndian() throws Exception {
        registry.register("other", new AvroSchema("\"string\""));

        byte[] bytes = serializer.serialize("logits", Samples.logitsBatch());

        int id = registry.getLatestSchemaMetadata("logits-value").getId();
        assertThat(id).isGreaterThan(1);
        assertThat(Arrays.copyOf(bytes, 5)).containsExactly(0, 0, 0, 0, id);
    }

    @Test
    void registersTheSchemaAsItIsInTheSources() throws Exception {
        new AvroSerializer<TokenBatch>(registry).serialize("tokens", Samples.tokenBatch());

        Schema source = new Schema.Parser().parse(Files.readString(Path.of("src/main/avro/TokenBatch.avsc")));
        assertThat(registry.getLatestSchemaMetadata("tokens-value").getSchema()).isEqualTo(source.toString());
    }

    @Test
    void asksTheRegistryOncePerTopic() throws Exception {
        serializer.serialize("logits", Samples.logitsBatch());
        registry.deleteSubject("logits-value");

        assertThat(serializer.serialize("logits", Samples.logitsBatch())).isNotEmpty();
        assertThat(registry.getAllSubjects()).isEmpty();
    }

    @Test
    void withoutAutoRegistrationTheSchemaMustBeThere() throws Exception {
        AvroSerializer<TokenBatch> lookup = new AvroSerializer<>(registry, false);
        assertThatThrownBy(() -> lookup.serialize("tokens", Samples.tokenBatch()))
                .isInstanceOf(LogitstreamException.class)
                .hasMessageContainingAll("tokens-value", "TokenBatch", "auto.register.schemas");

        registry.register("tokens-value", new AvroSchema(Files.readString(Path.of("src/main/avro/TokenBatch.avsc"))));

        assertThat(new AvroDeserializer<>(registry, TokenBatch.class)
                        .deserialize("tokens", lookup.serialize("tokens", Samples.tokenBatch())))
                .isEqualTo(Samples.tokenBatch());
    }

    @Test
    void aRecordWithAMissingFieldIsNamed() {
        LogitsBatch batch = Samples.logitsBatch();
        batch.getBatch().setTokenizerHash(null);

        assertThatThrownBy(() -> serializer.serialize("logits", batch))
                .isInstanceOf(SerializationException.class)
                .hasMessageContainingAll("topic logits", "tokenizerHash");
    }

    @Test
    void foreignBytesAreRefusedNamingTheTopic() {
        byte[] record = serializer.serialize("logits", Samples.logitsBatch());
        byte[] otherMagic = record.clone();
        otherMagic[0] = 1;
        byte[] unknownId = ByteBuffer.wrap(record.clone()).putInt(1, 77).array();

        assertUnreadable(new byte[0], "0 bytes are too few");
        assertUnreadable(new byte[4], "4 bytes are too few");
        assertUnreadable(otherMagic, "byte 1 instead of 0");
        assertUnreadable(unknownId, "no schema id 77");
        assertUnreadable(Arrays.copyOf(record, record.length + 1), "left over");
    }

    @Test
    void everyTruncationIsRefused() {
        byte[] record = serializer.serialize("logits", Samples.logitsBatch());

        for (int length = 0; length < record.length; length++) {
            assertUnreadable(Arrays.copyOf(record, length), "");
        }
    }

    @Test
    void damagedRecordsAreRefusedOrRead() {
        Random random = new Random(1);
        byte[] record = serializer.serialize("logits", Samples.logitsBatch());
        int refused = 0;

        for (int i = 0; i < 20_000; i++) {
            byte[] damaged = record.clone();
            damaged[5 + random.nextInt(record.length - 5)] = (byte) random.nextInt();
            try {
                deserializer.deserialize("logits", damaged);
            } catch (SerializationException e) {
                refused++;
            }
        }

        assertThat(refused).isBetween(1, 19_999);
    }

    @Test
    void anInflatedLengthIsHeldAgainstTheRecordAndNotAllocated() {
        // Lengths of almost 2 GiB, which the heap of the tests does not have: of a string, and of the tokens.
        byte[] inflatedString = concat(new byte[] {0, 0, 0, 0, 1}, zigZag(Integer.MAX_VALUE - 64L));
        byte[] inflatedBytes = concat(new byte[] {0, 0, 0, 0, 1, 2, 'a', 0, 0, 2, 6}, zigZag(Integer.MAX_VALUE - 64L));
        byte[] beyondInt = concat(new byte[] {0, 0, 0, 0, 1, 2, 'a', 0, 0, 2, 6}, zigZag(Long.MAX_VALUE));
        byte[] negative = concat(new byte[] {0, 0, 0, 0, 1, 2, 'a', 0, 0, 2, 6}, zigZag(-5));
        serializer.serialize("logits", Samples.logitsBatch());

        assertUnreadable(inflatedString, "corrupt LogitsBatch");
        assertUnreadable(inflatedBytes, "corrupt LogitsBatch");
        assertUnreadable(beyondInt, "corrupt LogitsBatch");
        assertUnreadable(negative, "corrupt LogitsBatch");
    }

    @Test
    void aSilentRegistryIsNoFaultOfTheRecord() {
        byte[] record = serializer.serialize("logits", Samples.logitsBatch());
        SchemaRegistryClient silent = new MockSchemaRegistryClient() {
            @Override
            public ParsedSchema getSchemaById(int id) throws IOException {
                throw new IOException("connection refused");
            }
        };

        assertThatThrownBy(() -> new AvroDeserializer<>(silent, LogitsBatch.class).deserialize("logits", record))
                .isInstanceOf(LogitstreamException.class)
                .hasMessageContainingAll("topic logits", "connection refused");
    }

    private void assertUnreadable(byte[] record, String named) {
        assertThatThrownBy(() -> deserializer.deserialize("logits", record))
                .isInstanceOf(SerializationException.class)
                .hasMessageStartingWith("topic logits: ")
                .hasMessageContaining(named);
    }

    private static byte[] zigZag(long value) {
        long rest = value << 1 ^ value >> 63;
        byte[] bytes = new byte[10];
        int length = 0;
        for (; (rest & ~0x7fL) != 0; rest >>>= 7) {
            bytes[length++] = (byte) (rest | 0x80);
        }
        bytes[length++] = (byte) rest;
        return Arrays.copyOf(bytes, length);
    }

    private static byte[] concat(byte[] first, byte[] second) {
        return ByteBuffer.allocate(first.length + second.length)
                .put(first)
                .put(second)
                .array();
    }
}
