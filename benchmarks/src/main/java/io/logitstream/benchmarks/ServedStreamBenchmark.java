package io.logitstream.benchmarks;

import ai.djl.ndarray.types.DataType;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.logitstream.embedded.EmbeddedCluster;
import io.logitstream.embedded.EmbeddedSettings;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.config.RopeConfig;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.model.tokenizer.BpeTrainer;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.RegistryClients;
import io.logitstream.schemas.kafka.TopicAdmin;
import io.logitstream.schemas.kafka.TopicEnd;
import io.logitstream.schemas.kafka.TopicSettings;
import io.logitstream.schemas.registry.AvroSerializer;
import io.logitstream.teacher.config.BatchShape;
import io.logitstream.teacher.config.SelectionConfig;
import io.logitstream.teacher.config.ServerConfig;
import io.logitstream.teacher.config.ServerKind;
import io.logitstream.teacher.config.StreamSettings;
import io.logitstream.teacher.config.StreamTopics;
import io.logitstream.teacher.config.TeachConfig;
import io.logitstream.teacher.model.StreamTeacher;
import io.logitstream.teacher.model.StreamTeachers;
import io.logitstream.teacher.model.TeachListener;
import io.logitstream.teacher.served.standin.ServedWeights;
import io.logitstream.teacher.served.standin.StandInServer;
import io.logitstream.teacher.stream.TeacherStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.IntSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Requests per second that one instance of the teacher stream, with one thread and four partitions, keeps going at a
 * server that takes a fixed time for each, however many there are at once. The limit is requests / time. The second line
 * shows whether the stream or the machine, which the server shares, is what is missing: a stream that keeps the server
 * full has all requests in flight, however long each takes.
 *
 * <p>Arguments, all optional: requests in flight (64), milliseconds of a request (200), batches (3,000).
 */
public final class ServedStreamBenchmark {
    /** Small, so that the stand-in for a server, which shares the cores, does not become the limit. */
    private static final int CONTEXT = 8;

    private static final int PARTITIONS = 4;
    private static final int RECORD_BYTES = 16 << 20;
    private static final StreamTopics TOPICS = new StreamTopics("tokens", "logits", "logits-dead-letters");

    private ServedStreamBenchmark() {}

    /** Prints requests per second, the limit, and their ratio. */
    public static void main(String[] arguments) throws Exception {
        int requests = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 64;
        int millis = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 200;
        int batches = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 3_000;
        Torch.start(1);
        Path folder = Files.createTempDirectory("served-stream-benchmark");
        Path model = writeModel(Files.createDirectory(folder.resolve("model")));
        try (EmbeddedCluster cluster = EmbeddedCluster.start(folder.resolve("cluster"), EmbeddedSettings.defaults());
                ServedWeights weights = ServedWeights.load(model);
                Tokenizer tokenizer = Tokenizer.load(model);
                StandInServer server = StandInServer.start(StandInServer.Format.SGLANG_FLAT_BASE64, weights, tokenizer)
                        .delayMillis(millis)
                        .remember()) {
            KafkaSettings kafka = new KafkaSettings(cluster.bootstrapServers(), cluster.schemaRegistry(), Map.of());
            publish(kafka, tokenizer, batches);
            Window window = teach(kafka, folder, model, server.url(), requests, batches);
            double limit = requests * 1000.0 / millis;
            System.out.printf(
                    "%d requests in flight of %d ms: %.1f requests/s, limit %.1f, ratio %.3f%n",
                    requests, millis, window.rate(), limit, window.rate() / limit);
            System.out.printf(
                    "in flight on average: %.1f of %d, %.3f; a request took %.0f ms%n",
                    window.meanInFlight(),
                    requests,
                    window.meanInFlight() / requests,
                    1000 * window.meanInFlight() / window.rate());
            requireOnce(kafka, batches);
        }
    }

    private static Path writeModel(Path model) throws IOException {
        int vocabulary = BpeTrainer.train(List.of("one text").iterator(), BpeTrainer.SMALLEST_VOCABULARY, model);
        ModelConfig config = new ModelConfig(
                vocabulary, 16, 32, 1, 2, 2, 8, CONTEXT, 1e-5, RopeConfig.plain(10_000), true, false, false, -1);
        try (LanguageModel random = LanguageModels.create(config, 1, "cpu")) {
            LanguageModels.save(random, model, DataType.FLOAT32);
        }
        return model;
    }

    private static void publish(KafkaSettings kafka, Tokenizer tokenizer, int batches) throws Exception {
        try (Admin admin = Admin.create(kafka.admin())) {
            TopicAdmin.ensure(
                    admin,
                    TopicSettings.named(TOPICS.tokens()),
                    TopicSettings.named(TOPICS.logits()),
                    TopicSettings.named(TOPICS.deadLetters()));
        }
        // All batches have the same text, so that the stand-in computes one answer.
        ByteBuffer tokens = TokenBatches.bytes(
                new Random(1).ints(CONTEXT + 1, 0, tokenizer.vocabularySize()).toArray());
        try (SchemaRegistryClient registry = RegistryClients.create(kafka);
                KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                        kafka.producer(RECORD_BYTES), new ByteArraySerializer(), new ByteArraySerializer())) {
            AvroSerializer<TokenBatch> writer = new AvroSerializer<>(registry);
            for (int number = 0; number < batches; number++) {
                TokenBatch batch = new TokenBatch(
                        "benchmark",
                        0,
                        number,
                        1,
                        CONTEXT + 1,
                        tokens.duplicate(),
                        tokenizer.hash(),
                        tokenizer.vocabularySize(),
                        null,
                        null);
                var unused = producer.send(new ProducerRecord<>(
                        TOPICS.tokens(),
                        number % PARTITIONS,
                        BatchKey.of(batch).toString().getBytes(StandardCharsets.UTF_8),
                        writer.serialize(TOPICS.tokens(), batch)));
            }
        }
    }

    private static Window teach(KafkaSettings kafka, Path folder, Path model, String url, int requests, int batches)
            throws Exception {
        ServerConfig server =
                new ServerConfig(ServerKind.SGLANG, List.of(url), null, null, requests, null, null, null, null);
        TeachConfig config = new TeachConfig(null, null, null, null, null, null, null, null, server);
        Window window = new Window(batches / 4, batches - 2 * requests);
        try (StreamTeacher teacher = StreamTeachers.open(model, config, new SelectionConfig(null, 8));
                TeacherStream stream = TeacherStream.start(
                        new StreamSettings(
                                kafka,
                                TOPICS,
                                config,
                                new BatchShape(1, CONTEXT),
                                RECORD_BYTES,
                                folder.resolve("state")),
                        teacher,
                        window)) {
            while (window.done() < batches) {
                stream.requireHealthy();
                window.sample();
                Thread.sleep(5);
            }
        }
        return window;
    }

    /** Measures between two batches: behind the warm-up, and before the last ones are in flight. */
    private static final class Window implements TeachListener {
        private final int from;
        private final int to;
        private IntSupplier inFlight;
        private int done;
        private long start;
        private long end;
        private long samples;
        private long sum;

        Window(int from, int to) {
            this.from = from;
            this.to = to;
        }

        @Override
        public synchronized void onBatch(int tokens, int kept, int bytes) {
            done++;
            start = done == from ? System.nanoTime() : start;
            end = done == to ? System.nanoTime() : end;
        }

        @Override
        public synchronized void onLookAhead(IntSupplier supplier) {
            inFlight = supplier;
        }

        synchronized int done() {
            return done;
        }

        synchronized void sample() {
            if (done >= from && done < to) {
                samples++;
                sum += inFlight.getAsInt();
            }
        }

        synchronized double rate() {
            return (to - from) * 1e9 / (end - start);
        }

        synchronized double meanInFlight() {
            return (double) sum / samples;
        }
    }

    private static void requireOnce(KafkaSettings kafka, int batches) {
        try (TopicEnd end = new TopicEnd(kafka, TOPICS.logits(), RECORD_BYTES)) {
            for (int partition = 0; partition < PARTITIONS; partition++) {
                String expected = "benchmark/00000/%07d"
                        .formatted((batches - 1 - partition) / PARTITIONS * PARTITIONS + partition);
                String found = end.tail(partition, 1).get(0).key();
                if (!found.equals(expected)) {
                    throw new IllegalStateException(
                            "partition " + partition + " ends with " + found + ", not with " + expected);
                }
            }
        }
    }
}
