package io.logitstream.schemas.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.Samples;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.schemas.registry.AvroDeserializer;
import io.logitstream.schemas.registry.AvroSerializer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What only a real broker shows: topic settings, reachability, the size limits. */
class BrokerTest {

    @TempDir
    private static Path folder;

    private static TestBroker broker;
    private static KafkaSettings settings;
    private static Admin admin;

    @BeforeAll
    static void start() throws Exception {
        broker = new TestBroker(folder);
        settings = new KafkaSettings(broker.bootstrapServers(), null, null);
        admin = Admin.create(settings.admin());
    }

    @AfterAll
    static void stop() {
        admin.close();
        broker.close();
    }

    @Test
    void createsMissingTopicsWithTheirSettingsAndTakesThemTheNextTime() throws Exception {
        TopicSettings first = new TopicSettings("first", 3, null, 2_000_000, 60_000L);
        TopicSettings second = TopicSettings.named("second");

        TopicAdmin.ensure(admin, first, second);
        TopicAdmin.ensure(admin, first, second);

        assertThat(admin.describeTopics(List.of("first"))
                        .topicNameValues()
                        .get("first")
                        .get()
                        .partitions())
                .hasSize(3);
        assertThat(config("first", "max.message.bytes")).isEqualTo("2000000");
        assertThat(config("first", "retention.ms")).isEqualTo("60000");
        assertThat(config("first", "cleanup.policy")).isEqualTo("delete");
        assertThat(config("first", "compression.type")).isEqualTo("producer");
        assertThat(config("second", "retention.ms")).isEqualTo("-1");
        assertThat(TopicAdmin.maxRecordBytes(admin, "first")).isEqualTo(2_000_000);
        assertThat(TopicAdmin.maxRecordBytes(admin, "second")).isEqualTo(TopicSettings.DEFAULT_MAX_RECORD_BYTES);
    }

    @Test
    void noTopicIsCreatedBesideOneThatDoesNotMatch() throws Exception {
        TopicAdmin.ensure(admin, new TopicSettings("two", 2, null, null, null));

        assertThatThrownBy(() -> TopicAdmin.ensure(
                        admin, TopicSettings.named("beside"), new TopicSettings("two", 3, null, null, null)))
                .isInstanceOf(LogitstreamException.class)
                .hasMessageContainingAll("topic two", "partitions 2", "3");
        assertThat(admin.listTopics().names().get()).doesNotContain("beside");

        TopicAdmin.ensure(
                admin,
                TopicSettings.named("beside"),
                new TopicSettings("two", 2, null, null, null),
                TopicSettings.named("beside"));
        assertThat(admin.listTopics().names().get()).contains("beside", "two");
    }

    @Test
    @Timeout(30)
    void aTopicMadeAgainAndAddedPartitionsChangeItsIdentity() throws Exception {
        TopicAdmin.ensure(admin, new TopicSettings("identity", 2, null, 2_000_000, 60_000L));
        TopicIdentity before = TopicIdentity.of(admin, "identity");

        admin.createPartitions(Map.of("identity", NewPartitions.increaseTo(3)))
                .all()
                .get();
        // The controller has added it; the broker that is asked hears of it later.
        while (TopicIdentity.of(admin, "identity").partitions() == 2) {
            Thread.sleep(20);
        }
        assertThat(TopicIdentity.of(admin, "identity").changeSince(before))
                .contains("topic identity has 3 partitions, had 2");

        admin.deleteTopics(List.of("identity")).all().get();
        assertThatThrownBy(() -> TopicIdentity.of(admin, "identity"))
                .isInstanceOf(LogitstreamException.class)
                .hasMessageStartingWith("topic identity does not exist");
        TopicAdmin.ensure(admin, new TopicSettings("identity", 2, null, 2_000_000, 60_000L));
        assertThat(TopicIdentity.of(admin, "identity").changeSince(before))
                .get()
                .asString()
                .startsWith("topic identity was deleted and recreated")
                .endsWith("was " + before.id() + ")");
    }

    @Test
    void namesEachSettingThatDiffers() throws Exception {
        TopicAdmin.ensure(admin, new TopicSettings("there", 2, null, 2_000_000, 60_000L));
        admin.createTopics(List.of(new NewTopic("compacted", 4, (short) 1)
                        .configs(Map.of(
                                "cleanup.policy", "compact", "max.message.bytes", "16777216", "retention.ms", "-1"))))
                .all()
                .get();

        assertDiffers(new TopicSettings("there", 4, null, 2_000_000, 60_000L), "partitions 2", "asks for 4");
        assertDiffers(new TopicSettings("there", 2, null, 3_000_000, 60_000L), "max.message.bytes 2000000", "3000000");
        assertDiffers(new TopicSettings("there", 2, null, 2_000_000, -1L), "retention.ms 60000", "asks for -1");
        assertDiffers(TopicSettings.named("compacted"), "cleanup.policy compact", "asks for delete");
    }

    @Test
    void copiesAndCompressionAreSetAndComparedWhereTheyAreGiven() throws Exception {
        TopicSettings asked = new TopicSettings("safe", 2, (short) 1, null, null, 1, "zstd");

        assertThat(TopicAdmin.differences(admin, asked)).isEmpty();
        TopicAdmin.ensure(admin, asked);

        assertThat(config("safe", "min.insync.replicas")).isEqualTo("1");
        assertThat(config("safe", "compression.type")).isEqualTo("zstd");
        assertThat(TopicAdmin.differences(admin, asked).orElseThrow()).isEmpty();
        assertThat(TopicAdmin.differences(admin, new TopicSettings("safe", 2, null, null, null))
                        .orElseThrow())
                .isEmpty();
        assertThat(TopicAdmin.differences(admin, new TopicSettings("safe", 3, (short) 3, null, 5L, 2, "lz4"))
                        .orElseThrow())
                .containsExactly(
                        "partitions 2, but the configuration asks for 3",
                        "copies of its partitions 1, but the configuration asks for 3",
                        "retention.ms -1, but the configuration asks for 5",
                        "min.insync.replicas 1, but the configuration asks for 2",
                        "compression.type zstd, but the configuration asks for lz4");
    }

    @Test
    void createsNothingWhereOneTopicDiffers() throws Exception {
        TopicAdmin.ensure(admin, new TopicSettings("odd", 2, null, null, null));

        assertDiffers(new TopicSettings("odd", 5, null, null, null), "partitions 2", "asks for 5");
        TopicSettings odd = TopicSettings.named("odd");
        assertThatThrownBy(() -> TopicAdmin.ensure(admin, TopicSettings.named("never"), odd))
                .isInstanceOf(LogitstreamException.class);

        assertThat(admin.listTopics().names().get()).doesNotContain("never");
    }

    @Test
    void creatorsMayRace() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            for (int round = 0; round < 5; round++) {
                TopicSettings topic = TopicSettings.named("race-" + round);
                List<Callable<Void>> creators = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    creators.add(() -> {
                        TopicAdmin.ensure(admin, topic);
                        return null;
                    });
                }
                for (Future<Void> creator : threads.invokeAll(creators)) {
                    creator.get();
                }
            }
        } finally {
            threads.shutdownNow();
        }

        assertThat(admin.listTopics().names().get()).contains("race-0", "race-4");
    }

    @Test
    void refusalsNameTheTopic() {
        assertThatThrownBy(() -> TopicAdmin.ensure(admin, new TopicSettings("copies", 1, (short) 3, null, null)))
                .isInstanceOf(LogitstreamException.class)
                .hasMessageContainingAll("topic copies", "eplication");
        assertThatThrownBy(() -> TopicAdmin.maxRecordBytes(admin, "nowhere"))
                .isInstanceOf(LogitstreamException.class)
                .hasMessageContainingAll("topic nowhere", "does not exist");
    }

    @Test
    void aRecordUpToTheLimitGoesThroughAndALargerOneIsRefused() throws Exception {
        int limit = 8 << 20;
        TopicAdmin.ensure(admin, new TopicSettings("large", 1, null, limit, null));
        MockSchemaRegistryClient registry = new MockSchemaRegistryClient();
        // The largest row whose bound is within the limit, of random ids that do not compress.
        TokenBatch fits = batch((int) ((limit - TokenBatches.maxRecordBytes(1, 0)) / 4));
        TokenBatch tooLarge = batch(limit / 4);

        try (KafkaProducer<String, TokenBatch> producer =
                new KafkaProducer<>(settings.producer(limit), new StringSerializer(), new AvroSerializer<>(registry))) {
            String key = BatchKey.of(fits).toString();
            producer.send(new ProducerRecord<>("large", key, fits)).get();
            assertThatThrownBy(() -> producer.send(new ProducerRecord<>("large", key, tooLarge))
                            .get())
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(RecordTooLargeException.class);
        }

        try (KafkaConsumer<String, TokenBatch> consumer = new KafkaConsumer<>(
                settings.consumer(limit),
                new StringDeserializer(),
                new AvroDeserializer<>(registry, TokenBatch.class))) {
            TopicPartition partition = new TopicPartition("large", 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            ConsumerRecords<String, TokenBatch> records = ConsumerRecords.empty();
            for (int i = 0; i < 100 && records.isEmpty(); i++) {
                records = consumer.poll(Duration.ofMillis(200));
            }
            assertThat(records).hasSize(1).allSatisfy((ConsumerRecord<String, TokenBatch> read) -> {
                assertThat(BatchKey.parse(read.key())).isEqualTo(BatchKey.of(fits));
                assertThat(TokenBatches.require(read.value()).equals(fits)).isTrue();
            });
        }
    }

    @Test
    void aReachableClusterPassesTheCheck() throws Exception {
        try (FakeRegistryServer registry = new FakeRegistryServer(200, "[]")) {
            KafkaSettings both = new KafkaSettings(broker.bootstrapServers(), registry.url(), null);

            assertThatCode(both::requireReachable).doesNotThrowAnyException();
        }
    }

    @Test
    void anUnreachableBrokerIsNamedInOneLine() throws Exception {
        String nowhere = "localhost:" + TestBroker.freePort();

        assertThatThrownBy(() -> new KafkaSettings(nowhere, "http://localhost:1", null).requireReachable())
                .isInstanceOf(LogitstreamException.class)
                .message()
                .contains(nowhere, "10 s")
                .doesNotContain("\n");
    }

    @Test
    void anImpossibleAddressIsAUsageError() {
        assertThatThrownBy(() -> new KafkaSettings("no port", "http://localhost:1", null).requireReachable())
                .isInstanceOf(UsageException.class)
                .message()
                .contains("no port")
                .doesNotContain("\n");
    }

    private static TokenBatch batch(int length) {
        int[] ids = new Random(1).ints(length, 0, 50_000).toArray();
        return new TokenBatch("demo", 0, 0, 1, length, TokenBatches.bytes(ids), Samples.HASH, 50_000, null, null);
    }

    private static void assertDiffers(TopicSettings topic, String... named) {
        assertThatThrownBy(() -> TopicAdmin.ensure(admin, topic))
                .isInstanceOf(LogitstreamException.class)
                .hasMessageContaining("topic " + topic.name())
                .hasMessageContainingAll(named);
    }

    private static String config(String topic, String setting) throws Exception {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        return admin.describeConfigs(List.of(resource))
                .all()
                .get()
                .get(resource)
                .get(setting)
                .value();
    }
}
