package io.logitstream.teacher.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.confluent.kafka.schemaregistry.ParsedSchema;
import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.logitstream.messages.UsageException;
import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.LogitsBatch;
import io.logitstream.schemas.Teacher;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.schemas.codec.LogitsBatches;
import io.logitstream.schemas.codec.LogitsCodecs;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.TopicIdentity;
import io.logitstream.schemas.kafka.VocabularyHeader;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.schemas.registry.AvroDeserializer;
import io.logitstream.schemas.registry.AvroSerializer;
import io.logitstream.teacher.TinyTeacher;
import io.logitstream.teacher.config.SelectionConfig;
import io.logitstream.teacher.config.StreamTopics;
import io.logitstream.teacher.config.TeachConfig;
import io.logitstream.teacher.input.ConfirmedSetup;
import io.logitstream.teacher.model.SwitchableTeacher;
import io.logitstream.teacher.model.TeacherLoader;
import io.logitstream.teacher.model.TeacherModel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The stream in Kafka's test driver; what only a broker shows (transactions, restarts) is tested with one. */
class TeacherTopologyTest {
    private static final StreamTopics TOPICS = new StreamTopics("tokens", "logits", "dead-letters");

    private static final TopicIdentity SOURCE =
            new TopicIdentity("tokens", Uuid.randomUuid().toString(), 1);

    @TempDir
    private static Path folder;

    private TeacherModel teacher;

    private final MockSchemaRegistryClient registry = new MockSchemaRegistryClient();
    private final List<String> heard = new ArrayList<>();
    private SwitchableTeacher current;
    private TopologyTestDriver driver;
    private TestInputTopic<String, byte[]> tokens;
    private TestOutputTopic<String, byte[]> logits;
    private TestOutputTopic<String, byte[]> deadLetters;

    @BeforeAll
    static void writeTeacher() throws IOException {
        TinyTeacher.write(folder, TinyTeacher.VOCABULARY);
    }

    @BeforeEach
    void loadTeacher() {
        teacher = TeacherLoader.load(
                folder, new TeachConfig("tiny", null, null, null, null, null), new SelectionConfig(0.9, 7));
    }

    @AfterEach
    void close() {
        driver.close();
        current.close();
    }

    @Test
    void aBatchComesOutWithItsTokensUnchangedAndItsTeachersLogits() {
        start(registry, 1 << 20);
        TokenBatch batch = TinyTeacher.batch(teacher, 3, 9, 7);

        tokens.pipeInput("demo/00002/0000007", bytes(batch));

        TestRecord<String, byte[]> record = logits.readRecord();
        LogitsBatch enriched = read(record.value());
        SparseLogits decoded = new SparseLogits();
        LogitsBatches.decode(enriched, decoded);
        assertThat(record.key()).isEqualTo("demo/00002/0000007");
        assertThat(enriched.getBatch()).isEqualTo(batch);
        assertThat(enriched.getTeacher()).isEqualTo(teacher.identity());
        assertThat(enriched.getTeacher().getId()).isEqualTo("tiny");
        assertThat(enriched.getSelection().getTopP()).isEqualTo(0.9);
        assertThat(enriched.getSelection().getTopK()).isEqualTo(7);
        assertThat(decoded.positions()).isEqualTo(3 * 8);
        assertThat(decoded.total()).isEqualTo(3 * 8 * 7);
        assertThat(heard).containsExactly("24 " + decoded.total() + " " + record.value().length);
        assertThat(deadLetters.isEmpty()).isTrue();
    }

    @Test
    void anotherTeacherTakesOverBetweenTwoRecords() {
        start(registry, 1 << 20);
        tokens.pipeInput("demo/00002/0000001", bytes(TinyTeacher.batch(teacher, 1, 4, 1)));
        TeacherModel next = TeacherLoader.load(
                folder, "next", 30L, new TeachConfig(null, null, null, null, null, null), new SelectionConfig(0.9, 7));

        current.change(next);
        tokens.pipeInput("demo/00002/0000002", bytes(TinyTeacher.batch(next, 1, 4, 2)));

        assertThat(read(logits.readRecord().value()).getTeacher().getId()).isEqualTo("tiny");
        assertThat(read(logits.readRecord().value()).getTeacher())
                .isEqualTo(next.identity())
                .isEqualTo(new Teacher("next", next.identity().getWeightsHash(), 30L));
    }

    @Test
    void theEndMarkerIsPassedOn() {
        start(registry, 1 << 20);
        TokenBatch marker = TokenBatches.endMarker("demo", teacher.tokenizerHash(), TinyTeacher.VOCABULARY, 12, 3456);

        tokens.pipeInput("demo/end", bytes(marker));

        TestRecord<String, byte[]> record = logits.readRecord();
        assertThat(record.key()).isEqualTo("demo/end");
        assertThat(read(record.value())).isEqualTo(LogitsBatches.endMarker(marker, LogitsCodecs.byName("plain")));
        assertThat(heard).isEmpty();
    }

    @Test
    void aBatchOfAnotherTokenizerFileWithTheSameIdsIsTaught() {
        start(registry, 1 << 20);
        TokenBatch batch = TinyTeacher.batch(teacher, 1, 4, 1);
        batch.setTokenizerHash("f".repeat(64));
        RecordHeaders headers = new RecordHeaders();
        VocabularyHeader.write(headers, teacher.vocabulary());

        tokens.pipeInput(new TestRecord<>("demo/00002/0000001", bytes(batch), headers));

        TestRecord<String, byte[]> record = logits.readRecord();
        assertThat(read(record.value()).getBatch()).isEqualTo(batch);
        assertThat(VocabularyHeader.read(record.headers())).isEqualTo(teacher.vocabulary());
    }

    @Test
    void whatCannotBeUsedGoesToTheDeadLettersWithItsCauseAndTheStreamGoesOn() {
        start(registry, 1 << 20);
        TokenBatch otherTokenizer = TinyTeacher.batch(teacher, 1, 4, 0);
        otherTokenizer.setTokenizerHash("f".repeat(64));
        TokenBatch otherVocabulary = TinyTeacher.batch(teacher, 1, 4, 0);
        otherVocabulary.setVocabularySize(TinyTeacher.VOCABULARY + 1);
        TokenBatch corrupt = TinyTeacher.batch(teacher, 1, 4, 0);
        corrupt.setTokens(TokenBatches.bytes(new int[] {1, 2, 3, TinyTeacher.VOCABULARY}));
        byte[] good = bytes(TinyTeacher.batch(teacher, 1, 4, 1));
        teachOne(0);

        assertDeadLettered(bytes(otherTokenizer), "made with tokenizer ffff");
        assertDeadLettered(bytes(otherVocabulary), "of vocabulary " + (TinyTeacher.VOCABULARY + 1));
        assertDeadLettered(bytes(corrupt), "token 3 has id 50");
        assertDeadLettered("hello".getBytes(StandardCharsets.UTF_8), "begins with byte 104");
        assertDeadLettered(Arrays.copyOf(good, good.length - 1), "corrupt TokenBatch");
        assertDeadLettered(new byte[0], "too few");
        assertDeadLettered(null, "no value");

        tokens.pipeInput("demo/00002/0000001", good);
        assertThat(read(logits.readRecord().value()).getBatch().getBatch()).isEqualTo(1);
        assertThat(deadLetters.isEmpty()).isTrue();
    }

    @Test
    void aRecordOfASchemaThatDoesNotResolveGoesToTheDeadLetters() throws Exception {
        start(registry, 1 << 20);
        int id = registry.register(
                "tokens-value",
                new AvroSchema(
                        "{\"type\":\"record\",\"name\":\"TokenBatch\","
                                + "\"namespace\":\"io.logitstream.schemas\",\"fields\":[{\"name\":\"successor\",\"type\":\"int\"}]}"));
        teachOne(0);

        assertDeadLettered(
                ByteBuffer.allocate(6).put((byte) 0).putInt(id).put((byte) 2).array(), "schema id " + id);
    }

    @Test
    void aRegistryThatDoesNotAnswerStopsTheStream() {
        start(
                new MockSchemaRegistryClient() {
                    @Override
                    public ParsedSchema getSchemaBySubjectAndId(String subject, int id) throws IOException {
                        throw new IOException("connection refused");
                    }

                    @Override
                    public ParsedSchema getSchemaById(int id) throws IOException {
                        throw new IOException("connection refused");
                    }
                },
                1 << 20);
        byte[] value = bytes(TinyTeacher.batch(teacher, 1, 4, 1));

        assertThatThrownBy(() -> tokens.pipeInput("demo/00002/0000001", value))
                .satisfies(e -> assertThat(StreamExceptions.asOneLine(e, "app"))
                        .hasMessageContainingAll("schema registry", "connection refused")
                        .hasMessageNotContaining("\n"));

        assertThat(deadLetters.isEmpty()).isTrue();
        assertThat(logits.isEmpty()).isTrue();
    }

    @Test
    void aBatchLongerThanTheTeachersContextStopsTheStreamAsAFaultOfTheConfiguration() {
        start(registry, 1 << 20);
        byte[] value = bytes(TinyTeacher.batch(teacher, 1, 34, 1));

        assertThatThrownBy(() -> tokens.pipeInput("demo/00002/0000001", value))
                .satisfies(e -> assertThat(StreamExceptions.asOneLine(e, "app"))
                        .isInstanceOf(UsageException.class)
                        .hasMessageContainingAll("tokens-0@0", "33 positions", "32", "max_position_embeddings")
                        .hasMessageNotContaining("\n"));
        assertThat(deadLetters.isEmpty()).isTrue();
    }

    @Test
    void logitsThatDoNotFitStopTheStreamWithTheNumbers() {
        start(registry, 500);
        byte[] value = bytes(TinyTeacher.batch(teacher, 3, 9, 1));

        assertThatThrownBy(() -> tokens.pipeInput("demo/00002/0000001", value)).satisfies(e -> {
            RuntimeException shown = StreamExceptions.asOneLine(e, "app");
            assertThat(shown)
                    .hasMessageContainingAll("tokens-0@0", "topic logits", "at most 500", "topics.maxRecordBytes");
            assertThat(shown.getMessage()).containsPattern("its logits take [1-9]\\d{3} bytes");
        });

        assertThat(deadLetters.isEmpty()).isTrue();
        assertThat(logits.isEmpty()).isTrue();
    }

    private void start(SchemaRegistryClient client, int maxRecordBytes) {
        current = new SwitchableTeacher(teacher);
        TeacherTopology.Dependencies parts = new TeacherTopology.Dependencies(
                current,
                LogitsCodecs.byName("plain"),
                client,
                true,
                maxRecordBytes,
                (predicted, kept, bytes) -> heard.add(predicted + " " + kept + " " + bytes),
                SOURCE,
                new ConfirmedSetup(),
                new StreamStopRequest());
        driver = new TopologyTestDriver(
                TeacherTopology.buildTopology(TOPICS.tokens(), TOPICS.logits(), parts),
                StreamProperties.of(
                        new KafkaSettings("nowhere:1", null, Map.of()),
                        TOPICS,
                        new TeachConfig(null, null, null, null, null, null),
                        maxRecordBytes,
                        10,
                        folder.resolve("state")));
        tokens = driver.createInputTopic(TOPICS.tokens(), new StringSerializer(), new ByteArraySerializer());
        logits = driver.createOutputTopic(TOPICS.logits(), new StringDeserializer(), new ByteArrayDeserializer());
        deadLetters =
                driver.createOutputTopic(TOPICS.deadLetters(), new StringDeserializer(), new ByteArrayDeserializer());
    }

    private void teachOne(int number) {
        TokenBatch batch = TinyTeacher.batch(teacher, 1, 4, number);
        tokens.pipeInput(BatchKey.of(batch).toString(), bytes(batch));
        logits.readRecord();
    }

    private void assertDeadLettered(byte[] value, String cause) {
        tokens.pipeInput("the/key", value);

        TestRecord<String, byte[]> letter = deadLetters.readRecord();
        assertThat(letter.key()).isEqualTo("the/key");
        assertThat(letter.value()).isEqualTo(value);
        StringBuilder headers = new StringBuilder();
        for (Header header : letter.headers()) {
            headers.append(header.key())
                    .append('=')
                    .append(new String(header.value(), StandardCharsets.UTF_8))
                    .append('\n');
        }
        assertThat(headers.toString()).contains(cause, "tokens-0@");
        assertThat(logits.isEmpty()).isTrue();
    }

    private byte[] bytes(TokenBatch batch) {
        return new AvroSerializer<TokenBatch>(registry).serialize(TOPICS.tokens(), batch);
    }

    private LogitsBatch read(byte[] value) {
        return new AvroDeserializer<>(registry, LogitsBatch.class).deserialize(TOPICS.logits(), value);
    }
}
