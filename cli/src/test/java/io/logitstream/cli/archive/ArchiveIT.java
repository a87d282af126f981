package io.logitstream.cli.archive;

import static org.assertj.core.api.Assertions.assertThat;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.logitstream.cli.testing.CliCall;
import io.logitstream.cli.testing.CliProcess;
import io.logitstream.cli.testing.SharedCluster;
import io.logitstream.cli.testing.SharedCluster.Cluster;
import io.logitstream.files.Sha256;
import io.logitstream.schemas.LogitsBatch;
import io.logitstream.schemas.Selection;
import io.logitstream.schemas.Teacher;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.schemas.kafka.RegistryClients;
import io.logitstream.schemas.kafka.TopicAdmin;
import io.logitstream.schemas.kafka.TopicSettings;
import io.logitstream.schemas.registry.AvroSerializer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * A topic is archived and restored, with processes that are killed with -9 at random points.
 * {@code -Dlogitstream.kills=20} kills them more often.
 */
@ExtendWith(SharedCluster.class)
@SuppressWarnings("FutureReturnValueIgnored") // The end of the producer waits for what it was sent.
class ArchiveIT {
    private static final int KILLS = Integer.getInteger("logitstream.kills", 2);
    private static final String HASH = "0123456789abcdef".repeat(4);
    private static final int PARTITIONS = 3;
    private static final int MAX_RECORD_BYTES = 1 << 24;

    @TempDir
    private static Path folder;

    /** A record as a reader of committed records finds it, without its offset. */
    private record Entry(int partition, String key, long timestamp, String headers, String valueHash) {}

    @Test
    void aRestoredTopicHoldsTheSameRecordsInTheSamePartitionsAndOrder(Cluster cluster) throws Exception {
        fill(cluster, "archived", 0, 40, 900);
        Path out = folder.resolve("archive");
        String[] archive = cluster.on("archive", "--topic", "archived", "--out", out.toString());

        assertThat(CliCall.run(archive).requireSuccess().out())
                .contains("120 batches, 1,440 tokens and 0 end-of-corpus markers in 3 files");
        Map<Path, String> first = digests(out);
        assertThat(CliCall.run(archive).requireSuccess().out()).contains("120 batches");
        assertThat(digests(out)).isEqualTo(first);

        // What the topic has got since is added, and nothing is written again.
        fill(cluster, "archived", 40, 10, 900);
        assertThat(CliCall.run(archive).requireSuccess().out())
                .contains("150 batches")
                .contains("in 6 files");
        assertThat(digests(out)).containsAllEntriesOf(first);
        assertThat(CliCall.run("archive", "--verify", "--out", out.toString())
                        .requireSuccess()
                        .out())
                .contains("150 batches")
                .contains("complete");

        String[] restore = cluster.on("restore", "--archive", out.toString(), "--topic", "restored");
        assertThat(CliCall.run(restore).requireSuccess().out()).contains("150 records in this run");
        assertThat(CliCall.run(restore).requireSuccess().out()).contains("nothing left to restore");

        assertThat(entries(cluster, "restored")).isEqualTo(entries(cluster, "archived"));
    }

    @Test
    void killedAtRandomPointsBothAreAsIfUndisturbed(Cluster cluster) throws Exception {
        fill(cluster, "large", 0, 2500, 9000);
        Random random = new Random(3);
        Path out = folder.resolve("large");
        String[] archive = cluster.on("archive", "--topic", "large", "--out", out.toString(), "--file-mib", "1");
        Path undisturbed = folder.resolve("undisturbed");
        CliCall.run(cluster.on("archive", "--topic", "large", "--out", undisturbed.toString(), "--file-mib", "1"))
                .requireSuccess();
        killed(archive, random, () -> Files.exists(out.resolve("manifest.json")));

        assertThat(digests(out)).isEqualTo(digests(undisturbed));
        CliCall.run("archive", "--verify", "--out", out.toString()).requireSuccess();

        String[] restore = cluster.on("restore", "--archive", out.toString(), "--topic", "large-again");
        killed(restore, random, () -> !entries(cluster, "large-again").isEmpty());

        assertThat(entries(cluster, "large-again")).isEqualTo(entries(cluster, "large"));
    }

    @Test
    void whatDoesNotFitIsRefused(Cluster cluster) throws Exception {
        fill(cluster, "refused", 0, 5, 100);
        Path out = folder.resolve("refused");
        CliCall.run(cluster.on("archive", "--topic", "refused", "--out", out.toString()))
                .requireSuccess();

        CliCall.run(cluster.on("archive", "--topic", "refused", "--out", out.toString(), "--to", "3"))
                .requireFailure(2, "another range");
        CliCall.run(cluster.on("archive", "--topic", "elsewhere", "--out", out.toString()))
                .requireFailure(1, "elsewhere does not exist");
        fill(cluster, "foreign", 0, 5, 100);
        CliCall.run(cluster.on("restore", "--archive", out.toString(), "--topic", "foreign"))
                .requireFailure(1, "foreign", "not restored from this archive");

        Path file;
        try (Stream<Path> files = Files.walk(out)) {
            file = files.filter(path -> path.toString().endsWith(".avro"))
                    .findFirst()
                    .orElseThrow();
        }
        byte[] damaged = Files.readAllBytes(file);
        damaged[damaged.length / 2] ^= 1;
        Files.write(file, damaged);
        CliCall verified = CliCall.run("archive", "--verify", "--out", out.toString());
        assertThat(verified.code()).isEqualTo(1);
        assertThat(verified.out()).contains(file.toString(), "SHA-256").hasLineCount(1);
        assertThat(verified.err()).contains("1 of 3 files differs from the manifest");
        CliCall.run(cluster.on("restore", "--archive", out.toString(), "--topic", "from-damaged"))
                .requireFailure(1, file.getFileName().toString(), "nothing was restored");
    }

    @FunctionalInterface
    private interface Begun {
        boolean holds() throws IOException;
    }

    /** Runs a command, killing it again and again, until it ends by itself. */
    private static void killed(String[] command, Random random, Begun begun) throws Exception {
        for (int i = 0; i < KILLS; i++) {
            try (CliProcess process = CliProcess.start(folder.resolve("logs"), command)) {
                process.await("begins", () -> {
                    try {
                        return begun.holds() || !process.isAlive();
                    } catch (IOException e) {
                        return false;
                    }
                });
                CliProcess.pause(random.nextInt(300));
                process.kill();
            }
        }
        try (CliProcess process = CliProcess.start(folder.resolve("logs"), command)) {
            process.awaitSuccess();
        }
    }

    private static Map<Path, String> digests(Path out) throws IOException {
        try (Stream<Path> files = Files.walk(out)) {
            Map<Path, String> digests = new TreeMap<>();
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".avro")).toList()) {
                digests.put(out.relativize(file), Sha256.hex(file));
            }
            return digests;
        }
    }

    /** Writes logits records with payloads that do not compress, as many to each partition. */
    private static void fill(Cluster cluster, String topic, int from, int count, int payloadBytes) throws Exception {
        Random random = new Random(from);
        try (Admin admin = Admin.create(cluster.kafka().admin());
                SchemaRegistryClient registry = RegistryClients.create(cluster.kafka())) {
            TopicAdmin.ensure(admin, new TopicSettings(topic, PARTITIONS, null, null, null, null, null));
            Properties properties = cluster.kafka().producer(MAX_RECORD_BYTES);
            properties.put("transactional.id", "fill-" + topic);
            try (KafkaProducer<String, LogitsBatch> producer = new KafkaProducer<>(
                    properties, new StringSerializer(), new AvroSerializer<LogitsBatch>(registry))) {
                producer.initTransactions();
                producer.beginTransaction();
                for (int number = from; number < from + count; number++) {
                    for (int partition = 0; partition < PARTITIONS; partition++) {
                        byte[] payload = new byte[payloadBytes];
                        random.nextBytes(payload);
                        int batch = number * PARTITIONS + partition;
                        ProducerRecord<String, LogitsBatch> record = new ProducerRecord<>(
                                topic, partition, String.format("demo/00000/%07d", batch), batch(batch, payload));
                        record.headers().add("logitstream-source", new byte[] {1, 2, (byte) number});
                        producer.send(record);
                    }
                }
                producer.commitTransaction();
            }
        }
    }

    private static LogitsBatch batch(int number, byte[] payload) {
        return new LogitsBatch(
                new TokenBatch("demo", 0, number, 3, 5, TokenBatches.bytes(new int[15]), HASH, 400, null, null),
                new Teacher("toy", HASH, null),
                new Selection("top-p-top-k", 0.95, 50, 0, 0L),
                "compact-1",
                ByteBuffer.wrap(payload));
    }

    private static List<Entry> entries(Cluster cluster, String topic) {
        List<Entry> entries = new ArrayList<>();
        try (KafkaConsumer<String, byte[]> consumer = new KafkaConsumer<>(
                cluster.kafka().consumer(MAX_RECORD_BYTES), new StringDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.listTopics().getOrDefault(topic, List.of()).stream()
                    .map(info -> new TopicPartition(topic, info.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (partitions.stream().anyMatch(partition -> consumer.position(partition) < ends.get(partition))) {
                for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(500))) {
                    StringBuilder headers = new StringBuilder();
                    record.headers()
                            .forEach(header ->
                                    headers.append(header.key()).append('=').append(Sha256.hex(header.value())));
                    entries.add(new Entry(
                            record.partition(),
                            record.key(),
                            record.timestamp(),
                            headers.toString(),
                            Sha256.hex(record.value())));
                }
            }
        }
        entries.sort(Comparator.comparingInt(Entry::partition));
        return entries;
    }
}
