package io.logitstream.cli.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.cli.Logitstream;
import io.logitstream.cli.testing.CliCall;
import io.logitstream.cli.testing.TinyRun;
import io.logitstream.cli.testing.TopicKeys;
import io.logitstream.cli.testing.TopicKeys.Entry;
import io.logitstream.embedded.EmbeddedBroker;
import io.logitstream.embedded.registry.EmbeddedRegistry;
import io.logitstream.schemas.kafka.KafkaSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A broker, a registry that can be replaced, and a tiny corpus; each act has topics of its own, called after it. */
final class Surroundings implements AutoCloseable {
    static final int PARTITIONS = 2;
    private static final String SCHEMAS = "_schemas";
    private static final int MAX_RECORD_BYTES = 1 << 24;

    private final Path folder;
    private final TinyRun run;
    private final EmbeddedBroker broker;
    private final int registryPort = Ports.free();
    private final Admin admin;
    private EmbeddedRegistry registry;

    Surroundings(Path folder) throws IOException {
        this.folder = folder;
        this.run = TinyRun.create(folder.resolve("run"));
        this.broker = EmbeddedBroker.start(folder.resolve("kafka"), Ports.free(), MAX_RECORD_BYTES);
        this.admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()));
        this.registry = EmbeddedRegistry.start(broker.bootstrapServers(), registryPort);
    }

    Path folder() {
        return folder;
    }

    TinyRun run() {
        return run;
    }

    Admin admin() {
        return admin;
    }

    int registryPort() {
        return registryPort;
    }

    KafkaSettings kafka() {
        return new KafkaSettings(broker.bootstrapServers(), "http://127.0.0.1:" + registryPort, Map.of());
    }

    /** Runs a command on the topics of an act, in this process. */
    CliCall call(String act, String command, String... arguments) {
        return CliCall.run(line(act, command, arguments));
    }

    /** The same in a process of its own, which is killed when it has not ended within a minute. */
    CliCall callWithin(String act, String command, String... arguments) throws Exception {
        try (Part part = process(act, act + "-" + command, command, arguments)) {
            part.start();
            await(act + ": " + command + " ends", () -> !part.isAlive());
            return new CliCall(part.process().exitValue(), "", part.lastWords());
        }
    }

    /** A command on the topics of an act, as a process that is not started yet. */
    Part process(String act, String name, String command, String... arguments) {
        List<String> line = new ArrayList<>(List.of(Logitstream.class.getName()));
        line.addAll(Arrays.asList(line(act, command, arguments)));
        return new Part(name, folder.resolve("logs"), "250m", line);
    }

    private String[] line(String act, String command, String... arguments) {
        List<String> line = new ArrayList<>(Arrays.asList(run.command(
                command,
                "--bootstrap-server",
                broker.bootstrapServers(),
                "--schema-registry",
                "http://127.0.0.1:" + registryPort,
                "--set",
                "topics={tokens: %1$s-tokens, logits: %1$s-logits, deadLetters: %1$s-dead, teachers: %1$s-teachers, partitions: %2$d}"
                        .formatted(act, PARTITIONS),
                "--set",
                "corpus.maxTokens=6400")));
        line.addAll(Arrays.asList(arguments));
        return line.toArray(String[]::new);
    }

    /** Publishes the corpus for an act. */
    void publish(String act, String... arguments) {
        call(act, "produce", arguments).requireSuccess();
    }

    List<Entry> tokens(String act) {
        return TopicKeys.read(kafka(), act + "-tokens");
    }

    List<Entry> logits(String act) {
        return TopicKeys.read(kafka(), act + "-logits");
    }

    /** Requires that nothing was given up: no dead letter, and no offset of the tokens topic that counts as read. */
    void requireNothingGivenUp(String act) throws Exception {
        assertThat(TopicKeys.read(kafka(), act + "-dead")).isEmpty();
        assertThat(admin.listConsumerGroupOffsets("logitstream-teach-" + act + "-logits")
                        .partitionsToOffsetAndMetadata()
                        .get()
                        .values())
                .allSatisfy(offset ->
                        assertThat(offset == null ? 0 : offset.offset()).isZero());
    }

    void deleteTopic(String topic) throws Exception {
        admin.deleteTopics(List.of(topic)).all().get();
        await(topic + " is deleted", () -> !TopicKeys.exists(kafka(), topic));
    }

    /** The schemas that the registry has kept, as a backup has them. */
    List<ConsumerRecord<byte[], byte[]>> schemas() {
        TopicPartition partition = new TopicPartition(SCHEMAS, 0);
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                kafka().consumer(MAX_RECORD_BYTES), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).get(partition);
            while (consumer.position(partition) < end) {
                consumer.poll(Duration.ofMillis(500)).forEach(records::add);
            }
        }
        return records;
    }

    /** Starts another registry at the same address, with these schemas and no others. */
    void replaceRegistry(List<ConsumerRecord<byte[], byte[]>> schemas) throws Exception {
        registry.close();
        deleteTopic(SCHEMAS);
        if (!schemas.isEmpty()) {
            // The topic comes from a registry, so that it has the settings of one.
            EmbeddedRegistry.start(broker.bootstrapServers(), registryPort).close();
            send(schemas.stream()
                    .map(schema -> new ProducerRecord<>(SCHEMAS, 0, schema.key(), schema.value()))
                    .toList());
        }
        registry = EmbeddedRegistry.start(broker.bootstrapServers(), registryPort);
    }

    void send(List<ProducerRecord<byte[], byte[]>> records) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", broker.bootstrapServers()),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            for (ProducerRecord<byte[], byte[]> record : records) {
                producer.send(record).get();
            }
        }
    }

    static void await(String what, BooleanSupplier condition) throws Exception {
        long deadline = System.nanoTime() + 60_000_000_000L;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("in vain: " + what);
            }
            Thread.sleep(5);
        }
    }

    @Override
    public void close() {
        admin.close(Duration.ZERO);
        registry.close();
        broker.close();
    }
}
