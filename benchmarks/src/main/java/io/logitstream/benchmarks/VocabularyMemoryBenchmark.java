package io.logitstream.benchmarks;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.logitstream.model.CausalModel;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.config.RopeConfig;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.model.libtorch.TorchScript;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.student.evaluation.Evaluator;
import io.logitstream.teacher.config.SelectionConfig;
import io.logitstream.teacher.selection.LogitsSelector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;

/**
 * What a vocabulary of 151,936 tokens costs in memory: pages that the kernel maps for a batch of 2,048 tokens, its time
 * for that, and the peak of the resident memory beyond that of the weights. Once for forward pass and selection of a
 * teacher, once for the evaluation of two students beside it. The weights are random. Needs Linux and 3 GB, or 6 GB for
 * the large teacher.
 *
 * <p>Arguments, both optional: batches, 4 by default; {@code large} for a teacher of the shape of Qwen2 0.5B, instead of
 * one of two layers, in which what depends on the vocabulary is most of the work.
 */
public final class VocabularyMemoryBenchmark {
    private static final int VOCABULARY = 151_936;
    private static final int ROWS = 8;
    private static final int CONTEXT = 256;
    private static final double TICKS_PER_SECOND = 100;

    /** Fields of /proc/self/stat, counted from 1, and the peak of the resident memory. */
    private record Counts(long minorFaults, double userSeconds, double kernelSeconds, long resident) {
        static Counts now(String memory) throws IOException {
            String stat = Files.readString(Path.of("/proc/self/stat"));
            // The name of the command, field 2, ends with the last bracket.
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            return new Counts(
                    Long.parseLong(fields[10 - 3]),
                    Long.parseLong(fields[14 - 3]) / TICKS_PER_SECOND,
                    Long.parseLong(fields[15 - 3]) / TICKS_PER_SECOND,
                    TeacherMemoryBenchmark.resident(memory));
        }
    }

    private VocabularyMemoryBenchmark() {}

    /** Prints the counts of both parts. */
    public static void main(String[] arguments) throws IOException {
        int batches = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 4;
        boolean large = arguments.length > 1 && arguments[1].equals("large");
        Torch.start(2);
        try (LanguageModel teacher = large ? model(896, 4864, 24, 14, 2) : model(256, 768, 2, 4, 4);
                LanguageModel student = model(128, 384, 1, 2, 2);
                LanguageModel other = model(128, 384, 1, 2, 2);
                NDManager manager = teacher.newScope();
                LogitsSelector selector = new LogitsSelector(manager, new SelectionConfig(0.95, 50), 1);
                TorchScript evaluation = TorchScript.load(manager, Evaluator.class, "evaluation.py")) {
            SparseLogits into = new SparseLogits();
            measure("forward pass and selection", batches, manager, ids_BT -> {
                CausalModel.Outputs outputs = teacher.outputs(ids_BT, VOCABULARY);
                selector.select(outputs.values_N(), outputs.weight_VD(), VOCABULARY, 0, into);
            });
            measure("evaluation of two students", batches, manager, ids_BT -> {
                CausalModel.Outputs ofTeacher = teacher.outputs(ids_BT, VOCABULARY);
                List<CausalModel.Outputs> outputs =
                        List.of(student.outputs(ids_BT, VOCABULARY), other.outputs(ids_BT, VOCABULARY));
                NDArray sums = evaluation
                        .run(
                                ids_BT.getManager(),
                                "compare_all",
                                ofTeacher.values_N(),
                                ofTeacher.weight_VD(),
                                outputs.stream()
                                        .map(CausalModel.Outputs::values_N)
                                        .toList(),
                                outputs.stream()
                                        .map(each -> each.weight_VD().get(0))
                                        .toList(),
                                ids_BT.reshape(ids_BT.size(), 1),
                                128L,
                                (long) Evaluator.BINS)
                        .get(0);
                sums.toDoubleArray();
            });
        }
    }

    private static void measure(String name, int batches, NDManager manager, Consumer<NDArray> batch)
            throws IOException {
        Random random = new Random(1);
        long resident = TeacherMemoryBenchmark.resident("VmRSS:");
        Files.writeString(Path.of("/proc/self/clear_refs"), "5");
        run(random, manager, batch);
        Counts before = Counts.now("VmHWM:");
        long start = System.nanoTime();
        for (int i = 0; i < batches; i++) {
            run(random, manager, batch);
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        Counts after = Counts.now("VmHWM:");
        System.out.printf(
                "%s, per batch of %,d tokens: %,d minor page faults, %.2f s of the kernel's processor time and %.2f s of"
                        + " other, %.2f s in all; peak of %,d MB beyond the weights%n",
                name,
                ROWS * CONTEXT,
                (after.minorFaults - before.minorFaults) / batches,
                (after.kernelSeconds - before.kernelSeconds) / batches,
                (after.userSeconds - before.userSeconds) / batches,
                seconds / batches,
                (after.resident - resident) / 1_000_000);
    }

    private static void run(Random random, NDManager manager, Consumer<NDArray> batch) {
        try (NDManager scope = manager.newSubManager()) {
            long[] ids = random.longs((long) ROWS * CONTEXT, 0, VOCABULARY).toArray();
            batch.accept(scope.create(ids, new Shape(ROWS, CONTEXT)));
        }
    }

    private static LanguageModel model(int hidden, int inner, int layers, int heads, int keyValueHeads) {
        ModelConfig config = new ModelConfig(
                VOCABULARY,
                hidden,
                inner,
                layers,
                heads,
                keyValueHeads,
                64,
                CONTEXT,
                1e-6,
                RopeConfig.plain(10000),
                true,
                false,
                false,
                -1);
        return LanguageModels.create(config, 1, "cpu");
    }
}
