package io.logitstream.cli.teach;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.cli.testing.CliCall;
import io.logitstream.cli.testing.SharedCluster;
import io.logitstream.cli.testing.TinyRun;
import io.logitstream.cli.testing.TopicKeys;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.teacher.config.StreamTopics;
import io.logitstream.teacher.resume.CorpusCoverage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A teacher stream whose topics, group or registry have changed since: no record is written twice or lost. */
@ExtendWith(SharedCluster.class)
@SuppressWarnings("FutureReturnValueIgnored") // The end of the producer waits for what it was sent.
class TeacherResumeIT {
    @TempDir
    private static Path folder;

    private static SharedCluster.Cluster cluster;
    private static KafkaSettings kafka;
    private static Admin admin;
    private static TinyRun run;

    @BeforeAll
    static void start(SharedCluster.Cluster shared) throws IOException {
        cluster = shared;
        kafka = shared.kafka();
        admin = Admin.create(kafka.admin());
        run = TinyRun.create(folder.resolve("run"));
    }

    @AfterAll
    static void close() {
        admin.close();
    }

    @Test
    void aGroupThatIsForgottenTeachesNothingTwice() throws Exception {
        produce("gone", 1200);
        teach("gone").requireSuccess();
        List<TopicKeys.Entry> before = TopicKeys.read(kafka, "gone-logits");

        // The state after offsets.retention.minutes has passed.
        removeStopped("logitstream-teach-gone-logits");
        admin.deleteConsumerGroups(List.of("logitstream-teach-gone-logits"))
                .all()
                .get();
        CliCall again = teach("gone").requireSuccess();

        assertThat(again.out()).contains("nothing to do");
        assertThat(TopicKeys.read(kafka, "gone-logits")).isEqualTo(before).doesNotHaveDuplicates();
        assertEveryBatchIsTaught("gone");

        // A recreated logits topic is filled again, although the group has read everything.
        removeStopped("logitstream-teach-gone-logits");
        admin.deleteTopics(List.of("gone-logits")).all().get();
        teach("gone").requireSuccess();
        assertThat(TopicKeys.read(kafka, "gone-logits")).isEqualTo(before);
    }

    @Test
    void aStopIsHeardWhileAnOpenTransactionIsWaitedFor() throws Exception {
        admin.createTopics(List.of("open", "open-logits", "open-dead").stream()
                        .map(name -> new NewTopic(name, 1, (short) 1))
                        .toList())
                .all()
                .get();
        Properties properties = kafka.producer(1 << 20);
        properties.put("transactional.id", "open");
        AtomicInteger asked = new AtomicInteger();
        try (KafkaProducer<byte[], byte[]> producer =
                        new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
                CorpusCoverage coverage = new CorpusCoverage(
                        kafka, new StreamTopics("open", "open-logits", "open-dead"), "open", 1 << 20, () -> {
                            if (asked.incrementAndGet() == 4) {
                                throw new LogitstreamException("stopped");
                            }
                        })) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>("open-logits", new byte[10]));
            producer.flush();
            long start = System.nanoTime();

            assertThatThrownBy(coverage::requireComplete).hasMessage("stopped");

            // It would wait for a minute.
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(30));
            producer.abortTransaction();
        }
    }

    // As after the brokers were killed while a transaction ended: the logits are there, and the offset stays pending.
    @Test
    void anOffsetThatStaysPendingHoldsUpNoRestart() throws Exception {
        produce("pending", 600);
        teach("pending").requireSuccess();
        List<TopicKeys.Entry> before = TopicKeys.read(kafka, "pending-logits");
        String group = "logitstream-teach-pending-logits";
        removeStopped(group);
        Properties properties = kafka.producer(1 << 20);
        properties.put("transactional.id", "killed");
        properties.put("transaction.timeout.ms", "600000");
        Properties member = kafka.consumer(1 << 20);
        member.put("group.id", group);
        try (KafkaProducer<byte[], byte[]> producer =
                        new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
                KafkaConsumer<byte[], byte[]> consumer =
                        new KafkaConsumer<>(member, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.sendOffsetsToTransaction(
                    Map.of(new TopicPartition("pending", 0), new OffsetAndMetadata(1)), consumer.groupMetadata());

            teach("pending").requireSuccess();

            assertThat(TopicKeys.read(kafka, "pending-logits")).isEqualTo(before);
            producer.abortTransaction();
        }
    }

    @Test
    void aTopicThatIsMadeAgainIsNamed() throws Exception {
        produce("again", 600);
        teach("again").requireSuccess();
        List<TopicKeys.Entry> before = TopicKeys.read(kafka, "again-logits");
        admin.deleteTopics(List.of("again")).all().get();
        produce("again", 1200);

        assertStops(teach("again"), "topic again was deleted and recreated", "--set topics.logits=NAME");

        assertThat(TopicKeys.read(kafka, "again-logits")).isEqualTo(before);
    }

    @Test
    void partitionsThatWereAddedAreNamed() throws Exception {
        produce("more", 600);
        admin.createPartitions(Map.of("more", NewPartitions.increaseTo(3)))
                .all()
                .get();

        assertStops(
                teach("more", "--set", "topics.partitions=3"),
                "topic more: partition 2 is empty",
                "partition was added");
    }

    @Test
    void retentionThatHasPassedTheTeacherIsNamed() throws Exception {
        produce("passed", 1200);
        Map<TopicPartition, Long> committed =
                Map.of(new TopicPartition("passed", 0), 0L, new TopicPartition("passed", 1), 0L);
        admin.alterConsumerGroupOffsets("logitstream-teach-passed-logits", offsets(committed))
                .all()
                .get();
        admin.deleteRecords(Map.of(new TopicPartition("passed", 1), RecordsToDelete.beforeOffset(3)))
                .all()
                .get();

        assertStops(
                teach("passed"),
                "topic passed, partition 1: the records at offsets 0 to 2 are no longer there",
                "--skip-deleted");
        assertThat(TopicKeys.read(kafka, "passed-logits")).isEmpty();

        teach("passed", "--skip-deleted").requireSuccess();
        assertThat(TopicKeys.read(kafka, "passed-logits")).hasSameSizeAs(TopicKeys.read(kafka, "passed"));
    }

    @Test
    void aRecordThatIsGivenUpIsCountedAndNamed() throws Exception {
        produce("hurt", 600);
        send("hurt", new RecordHeaders());

        CliCall foreign = teach("hurt").requireSuccess();

        assertThat(foreign.out())
                .contains(
                        "topic hurt holds 1 foreign record that no publisher wrote as a batch; the first:" + " hurt-0@",
                        "the schema registry has no schema id 0");
        removeStopped("logitstream-teach-hurt-logits");
        send("hurt", new RecordHeaders().add("logitstream-position", new byte[3 * Long.BYTES]));
        produce("hurt", 600, "--set", "corpus.name=second");

        CliCall teach = teach("hurt");

        assertThat(teach.code()).isEqualTo(1);
        assertThat(teach.err())
                .contains(
                        "logitstream: topic hurt-logits has no logits for 1 record of topic hurt, which is a dead"
                                + " letter",
                        "hurt-0@",
                        "the schema registry has no schema id 0");
        assertThat(teach.out()).doesNotContain("nothing to do");
        CliCall inspect = CliCall.run(cluster.on("inspect", "--topic", "hurt-logits-dead-letters"))
                .requireSuccess();
        assertThat(inspect.out()).contains("dead letters", "records      2", "2 x ", "(garbage)");
        assertEveryBatchIsTaught("hurt");
    }

    @Test
    void aFinishedCorpusWhoseTokensWereFreedStaysComplete() throws Exception {
        produce("freed", 600);
        teach("freed").requireSuccess();
        removeStopped("logitstream-teach-freed-logits");
        admin.deleteRecords(Map.of(new TopicPartition("freed", 0), RecordsToDelete.beforeOffset(-1)))
                .all()
                .get();
        assertThat(teach("freed").requireSuccess().out()).contains("nothing to do");

        removeStopped("logitstream-teach-freed-logits");
        admin.deleteRecords(Map.of(new TopicPartition("freed", 1), RecordsToDelete.beforeOffset(-1)))
                .all()
                .get();
        assertThat(teach("freed").requireSuccess().out()).contains("nothing to do");
    }

    @Test
    void aTopicOfSomethingElseIsRefusedAndSpoilsNothing() throws Exception {
        admin.createTopics(List.of(new NewTopic("orders", 2, (short) 1))).all().get();
        send("orders", "{\"number\": 1}".getBytes(StandardCharsets.UTF_8), new RecordHeaders());

        CliCall wrong = teach("orders");

        assertThat(wrong.code()).as(wrong.err()).isEqualTo(2);
        assertThat(wrong.err()).contains("orders-0@0", "byte 123", "nothing was taught", "topics.tokens");
        assertThat(TopicKeys.read(kafka, "orders-logits-dead-letters")).isEmpty();
        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .doesNotContain("teacher-announcements");
    }

    @Test
    void aTeacherOfAnotherTokenizerSpoilsNothing() throws Exception {
        produce("other", 600);
        Path other = folder.resolve("other-teacher");
        TinyRun.writeTeacher(
                other,
                TinyRun.writeTexts(folder.resolve("other-texts"), 20, 3),
                TinyRun.VOCABULARY,
                TinyRun.VOCABULARY);

        CliCall wrong = teach("other", "--teacher", other.toString());

        assertThat(wrong.code()).as(wrong.err()).isEqualTo(2);
        assertThat(wrong.err())
                .as("the stream may begin with either partition")
                .contains("was made with tokenizer")
                .containsPattern("other-[01]@0");
        assertThat(TopicKeys.read(kafka, "other-logits-dead-letters")).isEmpty();
        teach("other").requireSuccess();
        assertEveryBatchIsTaught("other");
    }

    private static void produce(String topic, int tokens, String... more) {
        List<String> line = new ArrayList<>(
                List.of("--topic", topic, "--set", "topics.partitions=2", "--set", "corpus.maxTokens=" + tokens));
        line.addAll(List.of(more));
        CliCall.run(cluster.on(run.command("produce", line.toArray(String[]::new))))
                .requireSuccess();
    }

    private static void send(String topic, Headers headers) throws Exception {
        send(topic, new byte[7], headers);
    }

    private static void send(String topic, byte[] value, Headers headers) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(kafka.producer(1 << 20), new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>(topic, 0, "garbage".getBytes(StandardCharsets.UTF_8), value, headers))
                    .get();
        }
    }

    private static CliCall teach(String topic, String... more) {
        List<String> line = new ArrayList<>(List.of(
                "--set",
                "topics.tokens=" + topic,
                "--set",
                "topics.logits=" + topic + "-logits",
                "--set",
                "topics.partitions=2",
                "--state",
                folder.resolve("state").toString()));
        line.addAll(List.of(more));
        return CliCall.run(cluster.on(run.command("teach", line.toArray(String[]::new))));
    }

    private static Map<TopicPartition, OffsetAndMetadata> offsets(Map<TopicPartition, Long> offsets) {
        Map<TopicPartition, OffsetAndMetadata> metadata = new HashMap<>();
        offsets.forEach((partition, offset) -> metadata.put(partition, new OffsetAndMetadata(offset)));
        return metadata;
    }

    private static void assertEveryBatchIsTaught(String topic) {
        assertThat(TopicKeys.read(kafka, topic + "-logits"))
                .extracting(TopicKeys.Entry::key)
                .containsExactlyElementsOf(TopicKeys.read(kafka, topic).stream()
                        .map(TopicKeys.Entry::key)
                        .filter(key -> BatchKey.tryParse(key).isPresent())
                        .toList());
    }

    private static void assertStops(CliCall call, String... message) {
        assertThat(call.code()).as(call.err()).isEqualTo(1);
        assertThat(call.err().lines().filter(line -> line.startsWith("logitstream: ")))
                .singleElement()
                .asString()
                .contains(message);
        assertThat(call.out()).isEmpty();
    }

    // A stopped instance remains a member until its session ends.
    private static void removeStopped(String group) throws Exception {
        admin.removeMembersFromConsumerGroup(group, new RemoveMembersFromConsumerGroupOptions())
                .all()
                .get();
    }
}
