package io.logitstream.teacher.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.schemas.codec.LogitsBatches;
import io.logitstream.schemas.codec.LogitsCodecs;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.teacher.TinyTeacher;
import io.logitstream.teacher.config.BatchShape;
import io.logitstream.teacher.config.SelectionConfig;
import io.logitstream.teacher.config.StreamSettings;
import io.logitstream.teacher.config.StreamTopics;
import io.logitstream.teacher.config.TeachConfig;
import io.logitstream.teacher.model.TeacherLoader;
import io.logitstream.teacher.model.TeacherModel;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.streams.StreamsConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TeacherStreamTest {
    private static final StreamTopics TOPICS = new StreamTopics("tokens", "logits", "dead-letters");
    private static final TeachConfig DEFAULTS = new TeachConfig(null, null, null, null, null, null);

    @SuppressWarnings("deprecation") // Kafka makes true the default when it removes the key.
    @Test
    void thePartitionAssignorHasNoReasonToWarn() {
        // Its own configuration is made from the consumer's.
        assertThat(consumer(properties(Map.of(), DEFAULTS, 0)))
                .containsEntry(StreamsConfig.PROCESSING_EXCEPTION_HANDLER_GLOBAL_ENABLED_CONFIG, true);
    }

    @Test
    void theStreamIsExactlyOnceWithDeadLettersAndGoesRoundThePartitions() {
        Properties properties = properties(Map.of(), DEFAULTS, 10);
        StreamsConfig config = new StreamsConfig(properties);

        assertThat(config.getString(StreamsConfig.PROCESSING_GUARANTEE_CONFIG)).isEqualTo("exactly_once_v2");
        assertThat(config.getString(StreamsConfig.APPLICATION_ID_CONFIG)).isEqualTo("logitstream-teach-logits");
        assertThat(config.getInt(StreamsConfig.NUM_STREAM_THREADS_CONFIG)).isEqualTo(1);
        assertThat(config.getString(StreamsConfig.ERRORS_DEAD_LETTER_QUEUE_TOPIC_NAME_CONFIG))
                .isEqualTo("dead-letters");
        assertThat(consumer(properties))
                .containsEntry("max.partition.fetch.bytes", "32768")
                .containsEntry("isolation.level", "read_committed")
                .containsEntry("auto.offset.reset", "none");
        assertThat(producer(properties))
                .containsEntry("compression.type", "zstd")
                .containsEntry("max.request.size", "1048576")
                .containsEntry("transaction.timeout.ms", "20000");
    }

    @Test
    void timeOutsGrowWithTheTimeOfABatch() {
        Properties properties = properties(Map.of(), DEFAULTS, 60_000);

        assertThat(producer(properties)).containsEntry("transaction.timeout.ms", "1210000");
        assertThat(consumer(properties)).containsEntry("max.poll.interval.ms", "2400000");
    }

    @Test
    void aTransactionOutlastsTheSessionOfADeadInstance() {
        assertThat(producer(properties(Map.of("consumer.session.timeout.ms", "2000"), DEFAULTS, 10)))
                .containsEntry("transaction.timeout.ms", "12000");
        assertThat(producer(properties(Map.of("session.timeout.ms", "45000"), DEFAULTS, 1000)))
                .containsEntry("transaction.timeout.ms", "65000");
        assertThatThrownBy(() -> properties(Map.of("session.timeout.ms", "soon"), DEFAULTS, 10))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("session.timeout.ms 'soon'");
    }

    @Test
    void thePatienceOutlastsTheSessionAndTheTransactionOfADeadInstance() {
        assertThat(patience(Map.of())).isEqualTo(30);
        assertThat(patience(Map.of("consumer.session.timeout.ms", "45000"))).isEqualTo(100);
        // The broker decides the session then: up to 60 s.
        assertThat(patience(Map.of("group.protocol", "streams"))).isEqualTo(80);
    }

    private static long patience(Map<String, String> settings) {
        return StreamProperties.patience(properties(settings, DEFAULTS, 10)).toSeconds();
    }

    @Test
    void theIntervalOfKafkaStreamsLeavesCommitsToThePolicy() {
        assertThat(commitInterval(Map.of())).isEqualTo(4_000);
        assertThat(commitInterval(Map.of("group.protocol", "streams"))).isEqualTo(400);
        assertThat(commitInterval(Map.of("commit.interval.ms", "500"))).isEqualTo(500);
    }

    private static long commitInterval(Map<String, String> settings) {
        return Long.parseLong(properties(settings, DEFAULTS, 40)
                .get(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG)
                .toString());
    }

    @Test
    void aPollBringsBatchesForASecond() {
        assertThat(consumer(properties(Map.of(), DEFAULTS, 0))).containsEntry("max.poll.records", "1000");
        assertThat(consumer(properties(Map.of(), DEFAULTS, 40))).containsEntry("max.poll.records", "25");
        assertThat(consumer(properties(Map.of(), DEFAULTS, 5000))).containsEntry("max.poll.records", "1");
    }

    @Test
    void theUsersClientPropertiesWin() {
        Map<String, String> prefixed = Map.of(
                "producer.compression.type",
                "lz4",
                "consumer.max.poll.records",
                "7",
                "producer.transaction.timeout.ms",
                "5000",
                "streams.state.dir",
                "/elsewhere",
                "security.protocol",
                "SSL");
        Properties properties = properties(prefixed, DEFAULTS, 10);

        assertThat(producer(properties))
                .containsEntry("compression.type", "lz4")
                .containsEntry("security.protocol", "SSL")
                .containsEntry("transaction.timeout.ms", "5000");
        assertThat(consumer(properties))
                .containsEntry("max.poll.records", "7")
                .containsEntry("security.protocol", "SSL");
        assertThat(new StreamsConfig(properties).getString(StreamsConfig.STATE_DIR_CONFIG))
                .isEqualTo("/elsewhere");
    }

    @Test
    void theUsersPropertiesForAllClientsWinToo() {
        Properties properties = properties(
                Map.of("compression.type", "lz4", "max.poll.records", "7", "session.timeout.ms", "45000"),
                DEFAULTS,
                10);

        assertThat(producer(properties)).containsEntry("compression.type", "lz4");
        assertThat(consumer(properties))
                .containsEntry("max.poll.records", "7")
                .containsEntry("session.timeout.ms", "45000");
    }

    @Test
    void theApplicationIdAndTheThreadsAreThoseOfTheConfiguration() {
        StreamsConfig config = new StreamsConfig(
                properties(Map.of("application.id", "other"), new TeachConfig(null, "mine", 3, null, null, null), 10));

        assertThat(config.getString(StreamsConfig.APPLICATION_ID_CONFIG)).isEqualTo("mine");
        assertThat(config.getInt(StreamsConfig.NUM_STREAM_THREADS_CONFIG)).isEqualTo(3);
    }

    @Test
    void batchesThatMayNotFitAreRefusedAtTheStartWithBothNumbers(@TempDir Path folder) throws Exception {
        TinyTeacher.write(folder, TinyTeacher.VOCABULARY);
        long largest = LogitsBatches.maxRecordBytes(LogitsCodecs.byName("compact-1"), 8, 129, 20);

        try (TeacherModel teacher = TeacherLoader.load(folder, DEFAULTS, new SelectionConfig(0.95, 20))) {
            assertThatThrownBy(() -> TeacherStream.start(
                            new StreamSettings(
                                    kafka(Map.of()),
                                    TOPICS,
                                    DEFAULTS,
                                    new BatchShape(8, 128),
                                    (int) largest - 1,
                                    folder),
                            teacher,
                            (tokens, kept, bytes) -> {}))
                    .isInstanceOf(UsageException.class)
                    .hasMessageContainingAll(
                            "8 rows of 128 tokens",
                            "up to 20 kept logits",
                            largest + " bytes",
                            "at most " + (largest - 1),
                            "topic logits");
        }
    }

    @Test
    void aTokenizerLargerThanTheModelIsRefused(@TempDir Path folder) throws Exception {
        TinyTeacher.write(folder, TinyTeacher.PADDED + 1);

        assertThatThrownBy(() -> TeacherLoader.load(folder, DEFAULTS, new SelectionConfig(null, null)))
                .isInstanceOf(UsageException.class)
                .hasMessageContainingAll(folder.toString(), "65 tokens", "64");
    }

    @Test
    void impossibleSettingsAreRefusedByTheirKey() {
        assertRefused(() -> new SelectionConfig(0.0, null), "selection.topP 0.0");
        assertRefused(() -> new SelectionConfig(1.01, null), "selection.topP 1.01");
        assertRefused(() -> new SelectionConfig(Double.NaN, null), "selection.topP NaN");
        assertRefused(() -> new SelectionConfig(null, 0), "selection.topK 0");
        assertRefused(() -> new TeachConfig(null, null, 0, null, null, null), "teach.threads 0");
        assertThat(new SelectionConfig(null, null)).isEqualTo(new SelectionConfig(0.95, 50));
    }

    @Test
    void aFailureIsShownByItsInnermostKnownCause() {
        LogitstreamException known = new LogitstreamException("what to do", new RuntimeException("socket"));

        assertThat(StreamExceptions.asOneLine(new RuntimeException("task 0_1", new RuntimeException(known)), "app"))
                .isSameAs(known);
        assertThat(StreamExceptions.asOneLine(
                        new RuntimeException("task 0_1", new IllegalStateException("out of memory")), "app"))
                .hasMessageContaining("out of memory")
                .hasMessageNotContaining("0_1");
    }

    private static void assertRefused(Runnable settings, String message) {
        assertThatThrownBy(settings::run).isInstanceOf(UsageException.class).hasMessageContaining(message);
    }

    private static KafkaSettings kafka(Map<String, String> properties) {
        return new KafkaSettings("nowhere:9092", "http://nowhere:8081", properties);
    }

    private static Properties properties(Map<String, String> user, TeachConfig config, long batchMs) {
        return StreamProperties.of(kafka(user), TOPICS, config, 1 << 20, batchMs, Path.of("state"));
    }

    private static Map<String, Object> consumer(Properties properties) {
        return new StreamsConfig(properties).getMainConsumerConfigs("group", "client", 1);
    }

    private static Map<String, Object> producer(Properties properties) {
        return new StreamsConfig(properties).getProducerConfigs("client");
    }
}
