package io.logitstream.benchmarks;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.logitstream.embedded.EmbeddedCluster;
import io.logitstream.embedded.EmbeddedSettings;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.config.RopeConfig;
import io.logitstream.model.huggingface.WeightShapes;
import io.logitstream.model.libtorch.OperationThreads;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.RegistryClients;
import io.logitstream.schemas.kafka.TopicAdmin;
import io.logitstream.schemas.kafka.TopicSettings;
import io.logitstream.schemas.registry.AvroSerializer;
import io.logitstream.teacher.config.BatchShape;
import io.logitstream.teacher.config.SelectionConfig;
import io.logitstream.teacher.config.StreamSettings;
import io.logitstream.teacher.config.StreamTopics;
import io.logitstream.teacher.config.TeachConfig;
import io.logitstream.teacher.model.PassListener;
import io.logitstream.teacher.model.TeachListener;
import io.logitstream.teacher.model.TeacherLoader;
import io.logitstream.teacher.model.TeacherModel;
import io.logitstream.teacher.stream.TeacherStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * The teacher stream, exactly once and with selection and codec, against the bare forward pass (logits included) of the
 * same teacher on the same batches in the same process. The two take turns, so that both meet the same machine.
 *
 * <p>Arguments, all optional: teacher folder, or {@code random:LAYERSxWIDTH} for random weights with the default teacher's
 * tokenizer; folder of Java sources, batches of a round, rounds, libtorch threads of the stream, which computes two batches
 * at a time, and those of the bare forward pass (as many by default).
 */
public final class TeacherStreamBenchmark {
    private static final int ROWS = 8;
    private static final int CONTEXT = 256;
    private static final String TOKENS = "tokens-";
    private static final String DEFAULT_TEACHER = "teachers/java-4m";
    private static final String RANDOM = "random:";

    private TeacherStreamBenchmark() {}

    /** Prints tokens per second of both, their ratio in each round, and the median of the ratios; at least two rounds. */
    public static void main(String[] arguments) throws Exception {
        String teacherName = argument(arguments, 0, DEFAULT_TEACHER);
        Path text = Path.of(argument(arguments, 1, "schemas/src/main/java"));
        int batches = Integer.parseInt(argument(arguments, 2, "40"));
        int rounds = Integer.parseInt(argument(arguments, 3, "4"));
        OperationThreads streamThreads = threads(argument(arguments, 4, "1"));
        OperationThreads bareThreads = threads(argument(arguments, 5, argument(arguments, 4, "1")));
        Torch.start(streamThreads.count());
        Path folder = Files.createTempDirectory("teacher-stream-benchmark");
        Path teacher = teacherName.startsWith(RANDOM)
                ? randomTeacher(teacherName.substring(RANDOM.length()), folder)
                : Path.of(teacherName);
        try (EmbeddedCluster cluster = EmbeddedCluster.start(folder, EmbeddedSettings.defaults());
                Tokenizer tokenizer = Tokenizer.load(teacher)) {
            KafkaSettings kafka = new KafkaSettings(cluster.bootstrapServers(), cluster.schemaRegistry(), Map.of());
            List<TokenBatch> tokens = tokens(tokenizer, javaSources(text), batches);
            List<Double> ratios = new ArrayList<>();
            for (int round = 0; round < rounds; round++) {
                publish(kafka, TOKENS + round, tokens);
                bareThreads.adopt();
                double bareSeconds = bare(teacher, tokens);
                streamThreads.adopt();
                double streamSeconds = stream(kafka, teacher, round, batches, folder.resolve("state-" + round));
                System.out.printf(
                        "round %d: bare forward %,.0f tokens/s, teacher stream %,.0f tokens/s, ratio %.3f%n",
                        round + 1,
                        ROWS * CONTEXT / bareSeconds,
                        ROWS * CONTEXT / streamSeconds,
                        bareSeconds / streamSeconds);
                // The first round warms up.
                if (round > 0) {
                    ratios.add(bareSeconds / streamSeconds);
                }
            }
            System.out.printf(
                    "teacher stream / bare forward: %.3f, the median of %d rounds after the first%n",
                    median(ratios), ratios.size());
        }
    }

    private static OperationThreads threads(String count) {
        return OperationThreads.of(Integer.parseInt(count));
    }

    private static double median(List<Double> values) {
        double[] sorted =
                values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        int half = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }

    private static String argument(String[] arguments, int index, String byDefault) {
        return arguments.length > index ? arguments[index] : byDefault;
    }

    private static Path randomTeacher(String layersByWidth, Path folder) throws IOException {
        int layers = Integer.parseInt(layersByWidth.split("x")[0]);
        int width = Integer.parseInt(layersByWidth.split("x")[1]);
        Path teacher = Files.createDirectories(folder.resolve("teacher"));
        Path tokenizer = teacher.resolve("tokenizer.json");
        Files.copy(Path.of(DEFAULT_TEACHER, "tokenizer.json"), tokenizer);
        int vocabulary;
        try (Tokenizer loaded = Tokenizer.load(teacher)) {
            vocabulary = loaded.vocabularySize();
        }
        ModelConfig config = new ModelConfig(
                vocabulary,
                width,
                width * 8 / 3 / 64 * 64,
                layers,
                width / 64,
                width / 64,
                64,
                CONTEXT,
                1e-5,
                RopeConfig.plain(10_000),
                true,
                false,
                false,
                -1);
        System.out.printf("a teacher of %,d parameters%n", WeightShapes.parameters(config));
        try (LanguageModel model = LanguageModels.create(config, 1, "cpu")) {
            LanguageModels.save(model, teacher, DataType.FLOAT32);
        }
        return teacher;
    }

    static String javaSources(Path folder) throws IOException {
        StringBuilder text = new StringBuilder();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(path -> path.toString().endsWith(".java"))
                    .sorted()
                    .toList()) {
                text.append(Files.readString(file));
            }
        }
        return text.toString();
    }

    static List<TokenBatch> tokens(Tokenizer tokenizer, String text, int batches) {
        int[] ids = tokenizer.encode(text);
        List<TokenBatch> all = new ArrayList<>();
        int at = 0;
        for (int batch = 0; batch < batches; batch++) {
            int[] tokens = new int[ROWS * (CONTEXT + 1)];
            for (int i = 0; i < tokens.length; i++) {
                tokens[i] = ids[at++ % ids.length];
            }
            all.add(new TokenBatch(
                    "benchmark",
                    0,
                    batch,
                    ROWS,
                    CONTEXT + 1,
                    TokenBatches.bytes(tokens),
                    tokenizer.hash(),
                    tokenizer.vocabularySize(),
                    null,
                    null));
        }
        return all;
    }

    private static void publish(KafkaSettings kafka, String topic, List<TokenBatch> tokens) throws Exception {
        String logits = topic.replace(TOKENS, "logits-");
        try (Admin admin = Admin.create(kafka.admin())) {
            TopicAdmin.ensure(
                    admin,
                    TopicSettings.named(topic),
                    TopicSettings.named(logits),
                    TopicSettings.named(logits + "-dead-letters"));
        }
        try (SchemaRegistryClient registry = RegistryClients.create(kafka);
                KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                        kafka.producer(16 << 20), new ByteArraySerializer(), new ByteArraySerializer())) {
            AvroSerializer<TokenBatch> writer = new AvroSerializer<>(registry);
            for (TokenBatch batch : tokens) {
                producer.send(new ProducerRecord<>(
                                topic,
                                batch.getBatch() % 4,
                                BatchKey.of(batch).toString().getBytes(StandardCharsets.UTF_8),
                                writer.serialize(topic, batch)))
                        .get();
            }
        }
    }

    private static double bare(Path folder, List<TokenBatch> tokens) {
        try (LanguageModel model = LanguageModels.load(folder, "cpu")) {
            forward(model, tokens.get(0));
            long start = System.nanoTime();
            for (TokenBatch batch : tokens) {
                forward(model, batch);
            }
            return (System.nanoTime() - start) / 1e9 / tokens.size();
        }
    }

    private static void forward(LanguageModel model, TokenBatch batch) {
        try (NDManager scope = model.newScope()) {
            NDArray tokens_BU = scope.create(TokenBatches.tokens(batch), new Shape(batch.getRows(), batch.getLength()));
            NDArray ids_BT = tokens_BU.get(":, :-1").toType(DataType.INT64, true);
            NDArray logits_BTV = model.logits(ids_BT);
            logits_BTV.getFloat(0, 0, 0);
        }
    }

    /** Times of the first and of the last batch. */
    private static final class Times implements TeachListener {
        private final AtomicInteger done = new AtomicInteger();
        private final AtomicLong begin = new AtomicLong();
        private final AtomicLong end = new AtomicLong();

        @Override
        public PassListener onPass(int tokens) {
            begin.compareAndSet(0, System.nanoTime());
            return PassListener.NONE;
        }

        @Override
        public void onBatch(int tokens, int kept, int bytes) {
            end.set(System.nanoTime());
            done.incrementAndGet();
        }
    }

    // From the beginning of the first batch to the end of the last, so that joining the group is not counted. Several
    // batches are in progress at a time, so the end of the first one would be too late a beginning.
    private static double stream(KafkaSettings kafka, Path folder, int round, int batches, Path state)
            throws Exception {
        String logits = "logits-" + round;
        TeachConfig config = new TeachConfig(null, null, null, null, null, null);
        Times times = new Times();
        try (TeacherModel teacher = TeacherLoader.load(folder, config, new SelectionConfig(0.95, 50));
                TeacherStream stream = TeacherStream.start(
                        new StreamSettings(
                                kafka,
                                new StreamTopics(TOKENS + round, logits, logits + "-dead-letters"),
                                config,
                                new BatchShape(ROWS, CONTEXT),
                                16 << 20,
                                state),
                        teacher,
                        times)) {
            while (times.done.get() < batches) {
                stream.requireHealthy();
                Thread.sleep(20);
            }
        }
        return (times.end.get() - times.begin.get()) / 1e9 / batches;
    }
}
