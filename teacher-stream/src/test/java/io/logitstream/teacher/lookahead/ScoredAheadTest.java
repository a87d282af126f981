package io.logitstream.teacher.lookahead;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.logitstream.messages.ModelException;
import io.logitstream.messages.UsageException;
import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.LogitsBatch;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.codec.LogitsCodecs;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.TopicIdentity;
import io.logitstream.schemas.registry.AvroDeserializer;
import io.logitstream.schemas.registry.AvroSerializer;
import io.logitstream.teacher.config.StreamTopics;
import io.logitstream.teacher.config.TeachConfig;
import io.logitstream.teacher.input.ConfirmedSetup;
import io.logitstream.teacher.model.RefusedBatchException;
import io.logitstream.teacher.model.ScoredBatch;
import io.logitstream.teacher.model.SwitchableTeacher;
import io.logitstream.teacher.model.TeachListener;
import io.logitstream.teacher.stream.StreamExceptions;
import io.logitstream.teacher.stream.StreamProperties;
import io.logitstream.teacher.stream.StreamStopRequest;
import io.logitstream.teacher.stream.TeacherTopology;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A task of the stream and results that were computed ahead of its records. */
class ScoredAheadTest {
    private static final TopicPartition PARTITION = new TopicPartition("tokens", 0);

    @TempDir
    private Path folder;

    private final SchemaRegistryClient registry = new MockSchemaRegistryClient();
    private final ScriptedTeacher teacher = new ScriptedTeacher();
    private final LookAhead ahead = new LookAhead(teacher);
    private final List<String> heard = new ArrayList<>();
    private TopologyTestDriver driver;
    private TestInputTopic<byte[], byte[]> tokens;
    private TestOutputTopic<String, byte[]> logits;
    private TestOutputTopic<byte[], byte[]> deadLetters;

    @BeforeEach
    void start() {
        TeacherTopology.Dependencies parts = new TeacherTopology.Dependencies(
                new SwitchableTeacher(teacher),
                LogitsCodecs.byName("plain"),
                registry,
                true,
                1 << 20,
                new TeachListener() {
                    @Override
                    public void onBatch(int predicted, int kept, int bytes) {
                        heard.add("batch " + predicted + " " + kept);
                    }

                    @Override
                    public void onTextLoss(int predicted, double nats) {
                        heard.add("loss " + predicted + " " + nats);
                    }
                },
                new TopicIdentity("tokens", Uuid.randomUuid().toString(), 1),
                new ConfirmedSetup(),
                new StreamStopRequest(),
                ahead);
        driver = new TopologyTestDriver(
                TeacherTopology.buildTopology("tokens", "logits", parts),
                StreamProperties.of(
                        new KafkaSettings("nowhere:1", null, Map.of()),
                        new StreamTopics("tokens", "logits", "dead-letters"),
                        new TeachConfig(null, null, null, null, null, null),
                        1 << 20,
                        10,
                        folder));
        tokens = driver.createInputTopic("tokens", new ByteArraySerializer(), new ByteArraySerializer());
        logits = driver.createOutputTopic("logits", new StringDeserializer(), new ByteArrayDeserializer());
        deadLetters =
                driver.createOutputTopic("dead-letters", new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    @AfterEach
    void stop() {
        driver.close();
        ahead.close();
    }

    @Test
    void aBatchThatWasScoredAheadIsNotScoredAgain() {
        scoreAhead(0, ScriptedTeacher.batch(5));
        put(ScriptedTeacher.batch(5));

        assertThat(next().getBatch()).isEqualTo(ScriptedTeacher.batch(5));
        assertThat(teacher.scored).hasSize(1);
        assertThat(heard).containsExactly("batch 3 3", "loss 3 0.75");
    }

    @Test
    void aBatchThatWasNotScoredAheadIsScoredNow() {
        put(ScriptedTeacher.batch(5));

        assertThat(next().getBatch()).isEqualTo(ScriptedTeacher.batch(5));
        assertThat(teacher.scored).containsExactly(ScriptedTeacher.batch(5));
    }

    @Test
    void theResultOfAnotherBatchAtTheOffsetIsNotUsed() {
        scoreAhead(0, ScriptedTeacher.batch(4));
        put(ScriptedTeacher.batch(5));

        assertThat(next().getBatch()).isEqualTo(ScriptedTeacher.batch(5));
        assertThat(teacher.scored).containsExactly(ScriptedTeacher.batch(4), ScriptedTeacher.batch(5));
    }

    @Test
    void aFailureOfTheTeacherStopsTheStreamAtItsRecord() {
        teacher.answer(batch -> CompletableFuture.failedFuture(new ModelException("http://gpu-1 does not answer")));
        scoreAhead(0, ScriptedTeacher.batch(5));

        assertThatThrownBy(() -> put(ScriptedTeacher.batch(5)))
                .satisfies(e -> assertThat(StreamExceptions.asOneLine(e, "app"))
                        .hasMessage("tokens-0@0 (demo/00000/0000005): http://gpu-1 does not answer"));
        assertThat(logits.isEmpty()).isTrue();
        assertThat(deadLetters.isEmpty()).isTrue();
    }

    @Test
    void aBatchThatIsRefusedGoesToTheDeadLettersOnceAnotherWasTaught() {
        put(ScriptedTeacher.batch(1));
        teacher.answer(batch -> CompletableFuture.failedFuture(new RefusedBatchException("'prompt too long'")));
        scoreAhead(1, ScriptedTeacher.batch(5));
        put(ScriptedTeacher.batch(5));

        assertThat(deadLetters.readValue()).isEqualTo(bytes(ScriptedTeacher.batch(5)));
        assertThat(logits.getQueueSize()).isEqualTo(1);
    }

    @Test
    void aBatchThatIsRefusedBeforeAnyWasTaughtMayBeTheConfigurationsFault() {
        teacher.answer(batch -> CompletableFuture.failedFuture(new RefusedBatchException("'prompt too long'")));
        scoreAhead(0, ScriptedTeacher.batch(5));

        assertThatThrownBy(() -> put(ScriptedTeacher.batch(5)))
                .satisfies(e -> assertThat(StreamExceptions.asOneLine(e, "app"))
                        .isInstanceOf(UsageException.class)
                        .hasMessageContainingAll(
                                "tokens-0@0", "'prompt too long'", "scored no such rows of the topic"));
        assertThat(deadLetters.isEmpty()).isTrue();
    }

    @Test
    void aBatchThatIsRefusedFirstGoesToTheDeadLettersIfOneBehindItWasScored() {
        teacher.answer(batch -> batch.equals(ScriptedTeacher.batch(5))
                ? CompletableFuture.failedFuture(new RefusedBatchException("'prompt too long'"))
                : CompletableFuture.completedFuture(ScriptedTeacher.certain(batch)));
        scoreAhead(0, ScriptedTeacher.batch(5), ScriptedTeacher.batch(6));
        put(ScriptedTeacher.batch(5));
        put(ScriptedTeacher.batch(6));

        assertThat(deadLetters.readValue()).isEqualTo(bytes(ScriptedTeacher.batch(5)));
        assertThat(next().getBatch()).isEqualTo(ScriptedTeacher.batch(6));
        assertThat(teacher.scored).hasSize(2);
    }

    @Test
    void anErrorFailsItsBatchAndTheNextOneIsStarted() {
        teacher.answer(batch -> {
            throw new OutOfMemoryError("unable to create native thread");
        });
        scoreAhead(0, ScriptedTeacher.batch(5));
        CompletableFuture<ScoredBatch> failed =
                ahead.take(PARTITION, 0).of(ScriptedTeacher.batch(5)).orElseThrow();
        assertThatThrownBy(() -> ScoredBatch.await(failed)).isInstanceOf(OutOfMemoryError.class);
        assertThat(ahead.inFlight()).isZero();

        teacher.answer(batch -> CompletableFuture.completedFuture(ScriptedTeacher.certain(batch)));
        scoreAhead(1, ScriptedTeacher.batch(6));
        assertThat(ahead.take(PARTITION, 1).of(ScriptedTeacher.batch(6)).orElseThrow())
                .isCompleted();
    }

    private void scoreAhead(long first, TokenBatch... batches) {
        RecordGate gate = new RecordGate(ahead, record -> batches[(int) (record.offset() - first)]);
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        for (TokenBatch batch : batches) {
            records.add(new ConsumerRecord<>("tokens", 0, first + records.size(), key(batch), new byte[0]));
        }
        ConsumerRecords<byte[], byte[]> read = new ConsumerRecords<>(Map.of(PARTITION, records), Map.of());
        assertThat(gate.poll(Duration.ZERO, timeout -> read, List.of(), () -> true)
                        .count())
                .isEqualTo(batches.length);
    }

    private static byte[] key(TokenBatch batch) {
        return BatchKey.of(batch).toString().getBytes(StandardCharsets.UTF_8);
    }

    private byte[] bytes(TokenBatch batch) {
        return new AvroSerializer<TokenBatch>(registry).serialize("tokens", batch);
    }

    private void put(TokenBatch batch) {
        tokens.pipeInput(key(batch), bytes(batch));
    }

    private LogitsBatch next() {
        return new AvroDeserializer<>(registry, LogitsBatch.class).deserialize("logits", logits.readValue());
    }
}
