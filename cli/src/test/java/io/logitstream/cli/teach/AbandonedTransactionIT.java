package io.logitstream.cli.teach;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.logitstream.embedded.EmbeddedCluster;
import io.logitstream.embedded.EmbeddedSettings;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.Teacher;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.RegistryClients;
import io.logitstream.teacher.config.ResumeOptions;
import io.logitstream.teacher.config.StreamTopics;
import io.logitstream.teacher.input.ConfirmedSetup;
import io.logitstream.teacher.resume.ResumeOffsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A teacher stream that starts while a transaction is open in its logits topic. */
class AbandonedTransactionIT {
    private static final int MAX_RECORD_BYTES = 1 << 20;
    private static final Duration TIMEOUT = Duration.ofMinutes(10);
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    @TempDir
    private static Path folder;

    private static EmbeddedCluster cluster;
    private static KafkaSettings kafka;
    private static SchemaRegistryClient registry;
    private static Admin admin;

    @BeforeAll
    static void start() {
        cluster = EmbeddedCluster.start(folder, EmbeddedSettings.defaults());
        kafka = new KafkaSettings(cluster.bootstrapServers(), cluster.schemaRegistry(), Map.of());
        registry = RegistryClients.create(kafka);
        admin = Admin.create(kafka.admin());
    }

    @AfterAll
    static void close() throws Exception {
        admin.close();
        registry.close();
        cluster.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theTransactionOfADeadInstanceIsEndedAtOnce(boolean committed) throws Exception {
        String name = "killed-" + committed;
        createTopics(name, committed);
        abandon(begin(name, instance(name)));

        long start = System.nanoTime();
        prepare(name);

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(60));
        assertThat(isOpen(name)).isFalse();
    }

    @Test
    void theTransactionOfARunningInstanceIsLeft() throws Exception {
        createTopics("running", false);
        Properties member = kafka.consumer(MAX_RECORD_BYTES);
        member.put("group.id", "running-group");
        try (KafkaConsumer<byte[], byte[]> consumer =
                        new KafkaConsumer<>(member, new ByteArrayDeserializer(), new ByteArrayDeserializer());
                KafkaProducer<byte[], byte[]> producer = begin("running", instance("running"))) {
            consumer.subscribe(List.of("running"));
            while (consumer.assignment().isEmpty()) {
                consumer.poll(Duration.ofMillis(100));
            }

            prepare("running");

            producer.commitTransaction();
            awaitEnd("running");
        }
    }

    @Test
    void theTransactionOfAnotherProducerIsNamed() throws Exception {
        createTopics("foreign", false);
        try (KafkaProducer<byte[], byte[]> producer = begin("foreign", "restore-of-somebody")) {
            assertThatThrownBy(() -> prepare("foreign"))
                    .isInstanceOf(LogitstreamException.class)
                    .hasMessageMatching("topic foreign-logits partition 1 offset 0: the transaction of transactional id"
                            + " restore-of-somebody is open \\(it times out in 5\\d\\d s\\); stop that producer and"
                            + " start again");

            producer.abortTransaction();
        }
        prepare("foreign");
    }

    @Test
    void theTransactionOfAnotherProducerIsNoFaultWhereTheOffsetsAreCommitted() throws Exception {
        createTopics("foreign-committed", true);
        try (KafkaProducer<byte[], byte[]> producer = begin("foreign-committed", "foreign-committed-group-restore")) {
            prepare("foreign-committed");

            producer.commitTransaction();
            awaitEnd("foreign-committed");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aTransactionThatNoCoordinatorKnowsIsAborted(boolean committed) throws Exception {
        String name = "hanging-" + committed;
        createTopics(name, committed);
        KafkaProducer<byte[], byte[]> producer = begin(name, instance(name));
        // The coordinator has lost its state.
        admin.deleteTopics(List.of("__transaction_state")).all().get();
        abandon(producer);

        prepare(name);

        assertThat(isOpen(name)).isFalse();
    }

    /** @param committed whether the group has the offsets at which the stream continues, as after a commit */
    private static void createTopics(String name, boolean committed) throws Exception {
        admin.createTopics(Stream.of("", "-logits", "-dead")
                        .map(suffix -> new NewTopic(name + suffix, 2, (short) 1))
                        .toList())
                .all()
                .get();
        if (committed) {
            OffsetAndMetadata first = new OffsetAndMetadata(0);
            commit(name + "-group", Map.of(new TopicPartition(name, 0), first, new TopicPartition(name, 1), first));
        }
    }

    // The coordinator of groups learns of new topics a moment after the controller.
    private static void commit(String group, Map<TopicPartition, OffsetAndMetadata> offsets) throws Exception {
        for (int attempt = 1; true; attempt++) {
            try {
                admin.alterConsumerGroupOffsets(group, offsets).all().get();
                return;
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof UnknownTopicOrPartitionException) || attempt == 100) {
                    throw e;
                }
                Thread.sleep(20);
            }
        }
    }

    /** The transactional id of an instance of the stream. */
    private static String instance(String name) {
        return name + "-group-" + UUID.randomUUID() + "-1";
    }

    /** A producer with an open transaction in partition 1 of the logits topic. */
    private static KafkaProducer<byte[], byte[]> begin(String name, String transactionalId) throws Exception {
        Properties properties = kafka.producer(MAX_RECORD_BYTES);
        properties.put("transactional.id", transactionalId);
        properties.put("transaction.timeout.ms", Long.toString(TIMEOUT.toMillis()));
        KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
        producer.initTransactions();
        producer.beginTransaction();
        producer.send(new ProducerRecord<>(name + "-logits", 1, new byte[1], new byte[1]))
                .get();
        assertThat(admin.describeTransactions(List.of(transactionalId))
                        .description(transactionalId)
                        .get()
                        .state())
                .isEqualTo(TransactionState.ONGOING);
        return producer;
    }

    /** Closes a producer as a kill does: its transaction stays open. */
    private static void abandon(KafkaProducer<byte[], byte[]> producer) {
        producer.close(Duration.ZERO);
    }

    private static void prepare(String name) {
        new ResumeOffsets(
                        kafka,
                        new StreamTopics(name, name + "-logits", name + "-dead"),
                        name + "-group",
                        MAX_RECORD_BYTES,
                        registry,
                        ResumeOptions.NONE)
                .prepare(PATIENCE, new ConfirmedSetup(), batch -> true, new Teacher("teacher", "hash", null));
    }

    // The coordinator answers a commit before its marker is in the partition.
    private static void awaitEnd(String name) throws Exception {
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (isOpen(name)) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            Thread.sleep(50);
        }
    }

    private static boolean isOpen(String name) throws Exception {
        TopicPartition partition = new TopicPartition(name + "-logits", 1);
        long committed = end(partition, IsolationLevel.READ_COMMITTED);
        return committed < end(partition, IsolationLevel.READ_UNCOMMITTED);
    }

    private static long end(TopicPartition partition, IsolationLevel isolation) throws Exception {
        return admin.listOffsets(Map.of(partition, OffsetSpec.latest()), new ListOffsetsOptions(isolation))
                .partitionResult(partition)
                .get()
                .offset();
    }
}
