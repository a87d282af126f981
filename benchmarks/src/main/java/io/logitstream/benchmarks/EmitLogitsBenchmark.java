package io.logitstream.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import io.logitstream.embedded.EmbeddedCluster;
import io.logitstream.embedded.EmbeddedSettings;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.libtorch.Precision;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.model.optimizer.AdamW;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.pipeline.stages.LogitsTopicEmitter;
import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.TopicAdmin;
import io.logitstream.schemas.kafka.TopicSettings;
import io.logitstream.student.config.LossConfig;
import io.logitstream.student.config.TrainingConfig;
import io.logitstream.student.input.TrainingBatch;
import io.logitstream.student.training.OutlierGuard;
import io.logitstream.student.training.StepEmitter;
import io.logitstream.student.training.TrainingStep;
import io.logitstream.teacher.config.SelectionConfig;
import io.logitstream.teacher.online.EmittedLogitsWriter;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;

/**
 * Training steps that write their logits to a topic (selection, codec, transaction and all) against the same steps
 * without, taking turns of some steps in one process with a broker of its own. A turn ends when its logits are committed.
 * Once with a new model, whose flat distributions keep all of top-k, and once with a trained one.
 *
 * <p>Arguments, all optional: model folder, folder of Java sources, turns of each kind, libtorch threads.
 */
public final class EmitLogitsBenchmark {
    private static final int ROWS = 8;
    private static final int LENGTH = 257;
    private static final int STEPS_OF_TURN = 4;
    private static final int WARMUP = 1;
    /** So small that the trained model stays what it is. */
    private static final double LEARNING_RATE = 1e-7;

    private EmitLogitsBenchmark() {}

    /** Seconds of a step: wall-clock time, and processor time of the process. */
    private record Times(double[] clock, double[] processor) {}

    /** Prints the medians of both and their ratios. */
    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments.length > 0 ? arguments[0] : "teachers/java-4m");
        Path text = Path.of(arguments.length > 1 ? arguments[1] : "schemas/src/main/java");
        int turns = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 5;
        Torch.start(arguments.length > 3 ? Integer.parseInt(arguments[3]) : 1);
        Path data = Files.createTempDirectory("logitstream-benchmark");
        try (EmbeddedCluster cluster = EmbeddedCluster.start(data, EmbeddedSettings.defaults());
                Tokenizer tokenizer = Tokenizer.load(folder)) {
            KafkaSettings kafka = new KafkaSettings(cluster.bootstrapServers(), cluster.schemaRegistry(), Map.of());
            List<TrainingBatch> batches = batches(text, tokenizer, WARMUP + turns);
            try (LanguageModel trained = LanguageModels.load(folder, "cpu")) {
                try (LanguageModel fresh = LanguageModels.create(trained.config(), 1, "cpu")) {
                    measure("new model", fresh, tokenizer, kafka, batches);
                }
                measure("trained model", trained, tokenizer, kafka, batches);
            }
        }
        Runtime.getRuntime().halt(0);
    }

    private static void measure(
            String name, LanguageModel model, Tokenizer tokenizer, KafkaSettings kafka, List<TrainingBatch> batches) {
        String topic = name.replace(' ', '-');
        try (Admin admin = Admin.create(kafka.admin())) {
            TopicAdmin.ensure(admin, TopicSettings.named(topic));
        }
        Torch.recordGradients(true);
        LossConfig loss = LossConfig.defaults().withAlpha(0);
        OutlierGuard none = OutlierGuard.off();
        try (EmittedLogitsWriter writer = EmittedLogitsWriter.start(
                        kafka,
                        topic,
                        new EmittedLogitsWriter.Settings(
                                "learner",
                                "0".repeat(64),
                                new SelectionConfig(null, null),
                                "compact-1",
                                "cpu",
                                tokenizer.vocabularySize(),
                                tokenizer.identity().vocabulary()),
                        0,
                        TopicSettings.DEFAULT_MAX_RECORD_BYTES,
                        (tokens, kept, bytes) -> {});
                AdamW optimizer = new AdamW(model, TrainingConfig.defaults().optimizer());
                TrainingStep plain =
                        new TrainingStep(model, optimizer, loss, none, false, Precision.FLOAT32, StepEmitter.none());
                TrainingStep emitting = new TrainingStep(
                        model,
                        optimizer,
                        loss,
                        none,
                        false,
                        Precision.FLOAT32,
                        new StepEmitter(new LogitsTopicEmitter(writer), tokenizer, 0))) {
            Times without = new Times(new double[batches.size()], new double[batches.size()]);
            Times with = new Times(new double[batches.size()], new double[batches.size()]);
            for (int i = 0; i < batches.size(); i++) {
                time(plain, batches.get(i), () -> {}, without, i);
                time(emitting, batches.get(i), writer::commit, with, i);
            }
            System.out.printf(
                    Locale.ROOT,
                    "%-13s  a step alone %.0f ms, with logits %.0f ms: %+.1f %%; processor time of the"
                            + " process %.0f ms, %.0f ms: %+.1f %%%n",
                    name,
                    1000 * median(without.clock),
                    1000 * median(with.clock),
                    percent(with.clock, without.clock),
                    1000 * median(without.processor),
                    1000 * median(with.processor),
                    percent(with.processor, without.processor));
        }
    }

    private static void time(TrainingStep step, TrainingBatch batch, Runnable end, Times into, int turn) {
        long start = System.nanoTime();
        long processor = processorNanos();
        for (int i = 0; i < STEPS_OF_TURN; i++) {
            step.apply(List.of(batch), 0, LEARNING_RATE);
        }
        end.run();
        into.processor[turn] = (processorNanos() - processor) / 1e9 / STEPS_OF_TURN;
        into.clock[turn] = (System.nanoTime() - start) / 1e9 / STEPS_OF_TURN;
    }

    private static long processorNanos() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
    }

    private static double median(double[] values) {
        return Arrays.stream(values)
                .skip(WARMUP)
                .sorted()
                .skip((values.length - WARMUP) / 2)
                .findFirst()
                .orElseThrow();
    }

    private static double percent(double[] with, double[] without) {
        return 100 * (median(with) / median(without) - 1);
    }

    private static List<TrainingBatch> batches(Path folder, Tokenizer tokenizer, int count) throws IOException {
        StringBuilder text = new StringBuilder();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(file -> file.toString().endsWith(".java"))
                    .sorted()
                    .toList()) {
                text.append(Files.readString(file));
            }
        }
        int[] ids = tokenizer.encode(text.toString());
        List<TrainingBatch> batches = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int[] tokens = new int[ROWS * LENGTH];
            for (int j = 0; j < tokens.length; j++) {
                tokens[j] = ids[(i * tokens.length + j) % ids.length];
            }
            batches.add(new TrainingBatch(
                    new BatchKey("text", 0, i), i % TopicSettings.DEFAULT_PARTITIONS, i, ROWS, LENGTH, tokens, null));
        }
        return batches;
    }
}
