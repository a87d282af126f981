package io.logitstream.benchmarks;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.logitstream.files.Sha256;
import io.logitstream.model.CausalModel;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.documents.DocumentLengths;
import io.logitstream.model.libtorch.Precision;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.schemas.LogitsBatch;
import io.logitstream.schemas.Selection;
import io.logitstream.schemas.Teacher;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.schemas.codec.LogitsBatches;
import io.logitstream.schemas.codec.LogitsCodecs;
import io.logitstream.schemas.logits.LogitsCodec;
import io.logitstream.schemas.logits.PayloadShape;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.schemas.registry.AvroDeserializer;
import io.logitstream.schemas.registry.AvroSerializer;
import io.logitstream.teacher.config.SelectionConfig;
import io.logitstream.teacher.selection.LogitsSelector;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What a record of the default teacher costs beside the forward pass: selection, codec and Avro in the teacher stream, Avro
 * and codec in a student. One thread does all of it, and its processor time is measured, so that other work on the machine
 * changes the figures little. With {@code JAVA_OPTS=-XX:TieredStopAtLevel=1} Java is compiled as in {@code distill}.
 *
 * <p>Arguments, all optional: teacher folder, folder of Java sources, batches of 8 rows of 256, rounds.
 */
public final class RecordCostBenchmark {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final String TOKENS = "tokens";
    private static final String LOGITS = "logits";

    private final Map<String, List<Double>> milliseconds = new LinkedHashMap<>();

    private RecordCostBenchmark() {}

    /** Prints the median of milliseconds of each part, and a digest of the payloads. */
    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments.length > 0 ? arguments[0] : "teachers/java-4m");
        Path text = Path.of(arguments.length > 1 ? arguments[1] : "schemas/src/main/java");
        int batches = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 12;
        int rounds = arguments.length > 3 ? Integer.parseInt(arguments[3]) : 4;
        Torch.start(1);
        RecordCostBenchmark costs = new RecordCostBenchmark();
        try (LanguageModel model = LanguageModels.load(folder, "cpu");
                Tokenizer tokenizer = Tokenizer.load(folder);
                NDManager scope = model.newScope();
                LogitsSelector selector = new LogitsSelector(scope, new SelectionConfig(0.95, 50), 1)) {
            List<TokenBatch> tokens =
                    TeacherStreamBenchmark.tokens(tokenizer, TeacherStreamBenchmark.javaSources(text), batches);
            for (int round = 0; round < rounds; round++) {
                // The first round warms up.
                costs.milliseconds.clear();
                StringBuilder payloads = new StringBuilder();
                Records records = new Records();
                for (TokenBatch batch : tokens) {
                    payloads.append(costs.run(model, selector, tokenizer.vocabularySize(), batch, records));
                }
                costs.print(Sha256.hex(payloads.toString()));
            }
        }
    }

    /** Codec and serdes of both sides. */
    private static final class Records {
        private final SchemaRegistryClient registry = new MockSchemaRegistryClient();
        private final AvroSerializer<TokenBatch> tokenWriter = new AvroSerializer<>(registry);
        private final AvroDeserializer<TokenBatch> tokenReader = new AvroDeserializer<>(registry, TokenBatch.class);
        private final AvroSerializer<LogitsBatch> writer = new AvroSerializer<>(registry);
        private final AvroDeserializer<LogitsBatch> reader = new AvroDeserializer<>(registry, LogitsBatch.class);
        private final LogitsCodec codec = LogitsCodecs.byName("compact-1");
        private final SparseLogits selected = new SparseLogits();
        private final SparseLogits decoded = new SparseLogits();
    }

    private String run(
            LanguageModel model, LogitsSelector selector, int vocabulary, TokenBatch batch, Records records) {
        byte[] published = records.tokenWriter.serialize(TOKENS, batch);
        TokenBatch read = timed("stream: tokens record", () -> {
            TokenBatch found = records.tokenReader.deserialize(TOKENS, published);
            TokenBatches.require(found);
            return found;
        });
        int[] tokens = TokenBatches.tokens(read);
        try (NDManager scope = model.newScope()) {
            CausalModel.Outputs outputs = timed("forward pass without the output head", () -> {
                NDArray tokens_BU = scope.create(tokens, new Shape(read.getRows(), read.getLength()));
                NDArray ids_BT = tokens_BU.get(":, :-1").toType(DataType.INT64, true);
                DocumentLengths documents = DocumentLengths.of(tokens, read.getRows(), null);
                return model.outputs(ids_BT, documents, vocabulary, Precision.FLOAT32);
            });
            double head = milliseconds(() -> head(outputs));
            double selection = milliseconds(() -> {
                selector.select(outputs.values_N(), outputs.weight_VD(), vocabulary, 0, records.selected);
                return null;
            });
            add("output head", head);
            add("stream: selection", selection - head);
        }
        ByteBuffer payload =
                timed("stream: payload", () -> records.codec.encode(records.selected, PayloadShape.of(read, 0)));
        byte[] value = timed(
                "stream: logits record",
                () -> records.writer.serialize(
                        LOGITS,
                        new LogitsBatch(
                                read,
                                new Teacher("teacher", "hash", null),
                                new Selection("top-p", 0.95, 50, 0, 0L),
                                records.codec.name(),
                                payload)));
        LogitsBatch received = timed("student: logits record", () -> records.reader.deserialize(LOGITS, value));
        timed("student: payload", () -> {
            LogitsBatches.decode(received, records.decoded);
            return null;
        });
        byte[] bytes = new byte[payload.remaining()];
        payload.duplicate().get(bytes);
        return Sha256.hex(bytes);
    }

    private static Void head(CausalModel.Outputs outputs) {
        long positions = outputs.values_N().getShape().get(0);
        long rows = 512;
        for (long begin = 0; begin < positions; begin += rows) {
            try (NDArray chunk_CD = outputs.values_N().get(begin + ":" + Math.min(positions, begin + rows));
                    NDArray turned_DV = outputs.weight_VD().get(0).transpose();
                    NDArray logits_CV = chunk_CD.matMul(turned_DV)) {
                logits_CV.getManager();
            }
        }
        return null;
    }

    private <T> T timed(String part, Supplier<T> work) {
        long start = THREADS.getCurrentThreadCpuTime();
        T result = work.get();
        add(part, (THREADS.getCurrentThreadCpuTime() - start) / 1e6);
        return result;
    }

    private static double milliseconds(Supplier<Void> work) {
        long start = THREADS.getCurrentThreadCpuTime();
        work.get();
        return (THREADS.getCurrentThreadCpuTime() - start) / 1e6;
    }

    private void add(String part, double time) {
        milliseconds.computeIfAbsent(part, name -> new ArrayList<>()).add(time);
    }

    private void print(String digest) {
        System.out.printf("payloads %s%n", digest.substring(0, 16));
        Map<String, Double> sums = new LinkedHashMap<>();
        milliseconds.forEach((part, times) -> {
            double median =
                    times.stream().sorted().skip(times.size() / 2).findFirst().orElseThrow();
            System.out.printf("  %-38s %8.3f ms%n", part, median);
            sums.merge(part.contains(":") ? part.substring(0, part.indexOf(':')) : "forward pass", median, Double::sum);
        });
        sums.forEach((side, sum) -> System.out.printf("%s: %.2f ms of a record%n", side, sum));
    }
}
