package io.logitstream.cli.teach;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.logitstream.cli.testing.SharedCluster.Cluster;
import io.logitstream.cli.testing.TinyRun;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.schemas.LogitsBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.RegistryClients;
import io.logitstream.schemas.registry.AvroDeserializer;
import io.logitstream.teacher.served.standin.ServedWeights;
import io.logitstream.teacher.served.standin.StandInServer;
import io.logitstream.teacher.served.standin.StandInServer.Format;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/** A tiny run whose teacher can be served, and a folder that has the teacher's tokenizer and config but no weights. */
final class ServedRun implements AutoCloseable {
    private static final int MAX_RECORD_BYTES = 16 << 20;

    final TinyRun run;
    final Path folder;
    private final Cluster cluster;
    private final ServedWeights weights;
    private final Tokenizer tokenizer;

    ServedRun(Cluster cluster, Path folder) throws IOException {
        this.cluster = cluster;
        this.run = TinyRun.create(folder.resolve("run"));
        this.folder = Files.createDirectory(folder.resolve("tiny-served"));
        for (String file : List.of("config.json", "tokenizer.json", "tokenizer_config.json")) {
            if (Files.exists(run.teacher().resolve(file))) {
                Files.copy(run.teacher().resolve(file), this.folder.resolve(file));
            }
        }
        weights = ServedWeights.load(run.teacher());
        tokenizer = Tokenizer.load(run.teacher());
    }

    StandInServer server(Format format) {
        return StandInServer.start(format, weights, tokenizer);
    }

    StandInServer server(Format format, int port) {
        return StandInServer.start(format, weights, tokenizer, port, null);
    }

    /** A command line of this run on the cluster. */
    String[] command(String command, String tokens, String logits, String... arguments) {
        List<String> line = new ArrayList<>(List.of(arguments));
        line.addAll(List.of(
                "--set", "topics.tokens=" + tokens,
                "--set", "topics.logits=" + logits,
                "--set", "topics.deadLetters=" + logits + "-dead-letters",
                "--set", "topics.teachers=" + logits + "-teachers"));
        return cluster.on(run.command(command, line.toArray(String[]::new)));
    }

    /** Settings of a served teacher. */
    List<String> served(Format format, String url, String... settings) {
        List<String> line = new ArrayList<>(List.of(
                "--set",
                "teacher=" + folder,
                "--set",
                "teach.server.api=" + (format.name().startsWith("VLLM") ? "vllm" : "sglang"),
                "--set",
                "teach.server.url=" + url));
        for (String setting : settings) {
            line.addAll(List.of("--set", setting));
        }
        return line;
    }

    /** Batches of a logits topic by key, and their keys in the order of each partition. */
    Map<String, LogitsBatch> logits(String topic) {
        Map<String, LogitsBatch> batches = new LinkedHashMap<>();
        KafkaSettings kafka = cluster.kafka();
        try (SchemaRegistryClient registry = RegistryClients.create(kafka);
                KafkaConsumer<String, byte[]> consumer = new KafkaConsumer<>(
                        kafka.consumer(MAX_RECORD_BYTES), new StringDeserializer(), new ByteArrayDeserializer())) {
            AvroDeserializer<LogitsBatch> reader = new AvroDeserializer<>(registry, LogitsBatch.class);
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(info -> new TopicPartition(topic, info.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (partitions.stream().anyMatch(partition -> consumer.position(partition) < ends.get(partition))) {
                for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(500))) {
                    LogitsBatch batch = reader.deserialize(topic, record.value());
                    if (!TokenBatches.isEndMarker(batch.getBatch()) && batches.put(record.key(), batch) != null) {
                        throw new AssertionError(topic + " has " + record.key() + " twice");
                    }
                }
            }
            return batches;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        weights.close();
        tokenizer.close();
    }
}
