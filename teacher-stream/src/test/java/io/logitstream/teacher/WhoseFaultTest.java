package io.logitstream.teacher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.confluent.kafka.schemaregistry.ParsedSchema;
import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.schemas.kafka.SourcePosition;
import io.logitstream.teacher.deadletters.DeadLetter;
import io.logitstream.teacher.stream.StreamExceptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What stops the stream, and what becomes a dead letter: only what is surely the record's own fault. */
class WhoseFaultTest {
    /** A registry that can be made to forget ids, or to give others for them. */
    private static final class ShiftyRegistry extends MockSchemaRegistryClient {
        private final Map<Integer, Integer> given = new HashMap<>();

        @Override
        public ParsedSchema getSchemaById(int id) throws IOException, RestClientException {
            int other = given.getOrDefault(id, id);
            if (other < 0) {
                throw new RestClientException("Schema not found", 404, 40403);
            }
            return super.getSchemaById(other);
        }
    }

    @TempDir
    private Path folder;

    private final ShiftyRegistry registry = new ShiftyRegistry();
    private StreamFixture stream;

    @BeforeEach
    void start() throws IOException {
        stream = new StreamFixture(folder, registry);
    }

    @AfterEach
    void close() {
        stream.close();
    }

    @Test
    void anEmptiedRegistryStopsTheStreamAtTheFirstRecord() {
        byte[] value = stream.bytes(stream.batch(1));
        registry.given.put(schemaId(value), -1);

        assertStops(
                () -> stream.tokens.pipeInput(StreamFixture.key(stream.batch(1)), value),
                "tokens-0@0",
                "has no schema id " + schemaId(value),
                "right registry");
    }

    @Test
    void aRegistryThatGivesAnotherSchemaForTheIdStopsTheStreamAtTheFirstRecord() throws Exception {
        byte[] value = stream.bytes(stream.batch(1));
        registry.given.put(schemaId(value), foreignSchema());

        assertStops(
                () -> stream.tokens.pipeInput(StreamFixture.key(stream.batch(1)), value),
                "tokens-0@0",
                "does not resolve",
                "right registry");
    }

    @Test
    void endMarkersAreNotGivenUpEither() {
        TokenBatch marker =
                TokenBatches.endMarker("demo", stream.teacher.tokenizerHash(), TinyTeacher.VOCABULARY, 12, 3456);
        byte[] value = stream.bytes(marker);
        registry.given.put(schemaId(value), -1);

        assertStops(() -> stream.tokens.pipeInput(StreamFixture.key(marker), value), "has no schema id");
    }

    @Test
    void aGoodRecordWhoseSchemaTheRegistryHasLostStopsTheStreamEvenAfterOthersHaveResolved() {
        teachOne();
        byte[] value = withId(stream.bytes(stream.batch(1)), 77);

        assertStops(() -> stream.tokens.pipeInput(StreamFixture.key(stream.batch(1)), value), "has no schema id 77");
    }

    @Test
    void aRecordOfAnExtendedSchemaThatTheRegistryHasLostStopsTheStreamToo() {
        teachOne();
        byte[] known = stream.bytes(stream.batch(1));
        byte[] extended = ByteBuffer.allocate(known.length + 2)
                .put(withId(known, 77))
                .put((byte) 2)
                .put((byte) 0)
                .array();

        assertStops(() -> stream.tokens.pipeInput(StreamFixture.key(stream.batch(1)), extended), "has no schema id 77");
    }

    @Test
    void aGoodRecordWhoseIdTheRegistryHasGivenToAnotherSchemaStopsTheStream() throws Exception {
        teachOne();
        byte[] value = withId(stream.bytes(stream.batch(1)), foreignSchema());

        assertStops(() -> stream.tokens.pipeInput(StreamFixture.key(stream.batch(1)), value), "does not resolve");
    }

    @Test
    void whatIsNoTokenBatchUnderAnyIdIsADeadLetterOnceTheRegistryHasProvedRight() throws Exception {
        teachOne();

        assertDeadLettered(
                "demo/00002/0000001".getBytes(StandardCharsets.UTF_8),
                withId("-----some text of someone".getBytes(StandardCharsets.UTF_8), 77),
                "has no schema id 77");
        assertDeadLettered(
                "a key".getBytes(StandardCharsets.UTF_8),
                withId(stream.bytes(stream.batch(1)), foreignSchema()),
                "does not resolve");
        stream.put(stream.batch(2));
        assertThat(stream.nextLogits().getBatch().getBatch()).isEqualTo(2);
    }

    @Test
    void aTeacherOfAnotherTokenizerIsRefusedAtTheFirstRecord() {
        TokenBatch other = stream.batch(1);
        other.setTokenizerHash("f".repeat(64));
        TokenBatch marker = TokenBatches.endMarker("demo", "f".repeat(64), TinyTeacher.VOCABULARY, 12, 3456);

        assertThatThrownBy(() -> stream.put(other))
                .satisfies(e -> assertThat(StreamExceptions.asOneLine(e, "app"))
                        .isInstanceOf(UsageException.class)
                        .hasMessageContainingAll(
                                "tokens-0@0", "ffff", stream.teacher.tokenizerHash(), "topics.tokens"));
        assertThatThrownBy(() -> stream.put(marker))
                .satisfies(e -> assertThat(StreamExceptions.asOneLine(e, "app")).isInstanceOf(UsageException.class));
        assertThat(stream.deadLetters.isEmpty()).isTrue();
        assertThat(stream.logits.isEmpty()).isTrue();
    }

    @Test
    void aBatchOfAnotherTokenizerAmongThoseOfTheTeachersIsADeadLetterAndItsMarkerToo() {
        teachOne();
        TokenBatch other = stream.batch(1);
        other.setTokenizerHash("f".repeat(64));
        TokenBatch marker = TokenBatches.endMarker("demo", "f".repeat(64), TinyTeacher.VOCABULARY, 12, 3456);

        assertDeadLettered(StreamFixture.key(other), stream.bytes(other), "made with tokenizer ffff");
        assertDeadLettered(StreamFixture.key(marker), stream.bytes(marker), "made with tokenizer ffff");
    }

    @Test
    void aRecordWhoseKeyIsNotItsBatchsIsADeadLetter() {
        byte[] value = stream.bytes(stream.batch(1));

        assertDeadLettered(null, value, "the record has no key");
        assertDeadLettered(new byte[0], value, "''");
        assertDeadLettered("garbage".getBytes(StandardCharsets.UTF_8), value, "'garbage'", "demo/00002/0000001");
        assertDeadLettered("demo/00002/0000002".getBytes(StandardCharsets.UTF_8), value, "'demo/00002/0000002'");
        assertDeadLettered("demo/end".getBytes(StandardCharsets.UTF_8), value, "'demo/end'");
        assertDeadLettered(new byte[] {(byte) 0xff, 0, 27, 10}, value, "does not name the batch");
        DeadLetter letter = assertDeadLettered(new byte[1 << 20], value, "does not name the batch");
        assertThat(letter.message()).hasSizeLessThan(300);
        assertThat(letter.key()).hasSizeLessThan(80);
    }

    @Test
    void logitsAndDeadLettersSayWhereTheyComeFrom() {
        stream.put(stream.batch(0));
        stream.tokens.pipeInput(null, stream.bytes(stream.batch(1)));

        assertThat(source(stream.logits.readRecord().headers())).isEqualTo(SourcePosition.of(StreamFixture.SOURCE, 0));
        assertThat(source(stream.deadLetters.readRecord().headers()))
                .isEqualTo(SourcePosition.of(StreamFixture.SOURCE, 1));
    }

    @Test
    void aTopicOfWhichNoRecordFitsIsRefused() {
        stream.proofs.foundNoBatch();
        stream.proofs.confirmRegistry();

        assertRefused(
                "a key".getBytes(StandardCharsets.UTF_8), "{\"text\": 1}".getBytes(StandardCharsets.UTF_8), "byte 123");
        assertRefused("a key".getBytes(StandardCharsets.UTF_8), null, "no value");
        assertRefused("a key".getBytes(StandardCharsets.UTF_8), new byte[7], "has no schema id 0");
        assertRefused(null, stream.bytes(stream.batch(1)), "the record has no key");
        assertRefused(
                "\"demo/00002/0000001\"".getBytes(StandardCharsets.UTF_8),
                stream.bytes(stream.batch(1)),
                "does not name");

        teachOne();
        assertThat(assertDeadLettered(null, null, "no value").isBatch())
                .as("a record that fits settles it")
                .isFalse();
    }

    @Test
    void aBatchOfAnotherTokenizerIsADeadLetterForAnInstanceThatBeginsThere() {
        stream.proofs.confirmTokenizer();
        TokenBatch other = stream.batch(1);
        other.setTokenizerHash("f".repeat(64));

        assertDeadLettered(StreamFixture.key(other), stream.bytes(other), "made with tokenizer ffff");
    }

    private void assertRefused(byte[] key, byte[] value, String message) {
        assertThatThrownBy(() -> stream.tokens.pipeInput(key, value))
                .satisfies(e -> assertThat(StreamExceptions.asOneLine(e, "app"))
                        .isInstanceOf(UsageException.class)
                        .hasMessageContainingAll("tokens-0@", message, "nothing was taught", "topics.tokens"));
        assertThat(stream.deadLetters.isEmpty()).isTrue();
    }

    @Test
    void deadLettersSayWhetherTheyWereBatches() {
        stream.tokens.pipeInput(new TestRecord<>(
                null,
                stream.bytes(stream.batch(0)),
                new RecordHeaders().add("logitstream-position", new byte[3 * Long.BYTES])));
        assertThat(nextLetter().isBatch()).as("a key that a tool has removed").isTrue();

        assertThat(assertDeadLettered("garbage".getBytes(StandardCharsets.UTF_8), new byte[7], "schema id 0")
                        .isBatch())
                .isFalse();
        assertThat(assertDeadLettered("demo/00000/0000001".getBytes(StandardCharsets.UTF_8), null, "no value")
                        .isBatch())
                .isFalse();
        assertThat(assertDeadLettered("demo/end".getBytes(StandardCharsets.UTF_8), null, "no value")
                        .isBatch())
                .isTrue();
    }

    @Test
    void aStreamThatIsToStopDoesSoAtItsNextRecord() {
        teachOne();
        stream.stop.stop(new LogitstreamException("topic tokens was deleted and recreated"));

        assertStops(() -> stream.put(stream.batch(1)), "topic tokens was deleted and recreated");
    }

    private void teachOne() {
        stream.put(stream.batch(0));
        stream.logits.readRecord();
    }

    private void assertStops(Runnable put, String... message) {
        assertThatThrownBy(put::run)
                .satisfies(e -> assertThat(StreamExceptions.asOneLine(e, "app"))
                        .hasMessageContainingAll(message)
                        .hasMessageNotContaining("\n")
                        .hasMessageNotContaining("Exception"));
        assertThat(stream.deadLetters.isEmpty()).isTrue();
        assertThat(stream.logits.isEmpty()).isTrue();
    }

    private DeadLetter assertDeadLettered(byte[] key, byte[] value, String... message) {
        stream.tokens.pipeInput(key, value);
        TestRecord<byte[], byte[]> record = stream.deadLetters.readRecord();
        assertThat(record.key()).isEqualTo(key);
        assertThat(record.value()).isEqualTo(value);
        assertThat(stream.logits.isEmpty()).isTrue();
        DeadLetter letter = letter(record);
        assertThat(letter.message()).contains(message).startsWith("tokens-0@" + letter.offset());
        return letter;
    }

    private DeadLetter nextLetter() {
        return letter(stream.deadLetters.readRecord());
    }

    private static DeadLetter letter(TestRecord<byte[], byte[]> record) {
        return DeadLetter.of(new ConsumerRecord<>(
                "dead-letters",
                0,
                0,
                0,
                TimestampType.CREATE_TIME,
                0,
                0,
                record.key(),
                record.value(),
                record.headers(),
                Optional.empty()));
    }

    private static SourcePosition source(Headers headers) {
        return SourcePosition.readFrom(headers, "here");
    }

    private int foreignSchema() throws Exception {
        return registry.register(
                "other-value",
                new AvroSchema("{\"type\":\"record\",\"name\":\"Order\","
                        + "\"namespace\":\"shop\",\"fields\":[{\"name\":\"number\",\"type\":\"int\"}]}"));
    }

    private static int schemaId(byte[] value) {
        return ByteBuffer.wrap(value).getInt(1);
    }

    private static byte[] withId(byte[] value, int id) {
        byte[] other = value.clone();
        ByteBuffer.wrap(other).put((byte) 0).putInt(id);
        return other;
    }
}
