package io.logitstream.benchmarks;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.config.RopeConfig;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.teacher.config.SelectionConfig;
import io.logitstream.teacher.selection.LogitsSelector;
import java.util.List;
import java.util.Random;

/**
 * What selection costs beside the forward pass of a model of half a billion parameters with a vocabulary of 151,936 (the
 * shape of Qwen2 0.5B, random weights; its logits are replaced by ones of a language model's spread). Needs 6 GB.
 *
 * <p>Argument, optional: positions, 128 by default.
 */
public final class SelectionBenchmark {
    private static final int VOCABULARY = 151_936;

    private SelectionBenchmark() {}

    /** Prints milliseconds of the forward pass and of each selection, and the share. */
    public static void main(String[] arguments) {
        int positions = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 128;
        Torch.start(1);
        ModelConfig config = new ModelConfig(
                VOCABULARY, 896, 4864, 24, 14, 2, 64, 4096, 1e-6, RopeConfig.plain(1e6), true, false, false, -1);
        double forward;
        try (LanguageModel model = LanguageModels.create(config, 1, "cpu")) {
            forward(model, positions);
            forward = Math.min(forward(model, positions), forward(model, positions));
        }
        System.out.printf("forward of %d positions: %.1f ms per position%n", positions, forward / positions);
        for (SelectionConfig selection : List.of(
                new SelectionConfig(0.95, 50),
                new SelectionConfig(0.95, 100),
                new SelectionConfig("sampled", null, null, 50, 1L),
                new SelectionConfig("top-k", null, 100, null, null))) {
            double select = select(selection, positions);
            System.out.printf(
                    "%s: %.3f ms per position, %.1f %% of the forward pass%n",
                    selection, select / positions, 100 * select / forward);
        }
    }

    private static double forward(LanguageModel model, int positions) {
        try (NDManager scope = model.newScope()) {
            NDArray ids_BT = scope.create(
                            new Random(1)
                                    .ints(positions, 0, VOCABULARY)
                                    .asLongStream()
                                    .toArray(),
                            new Shape(1, positions))
                    .toType(DataType.INT64, false);
            long start = System.nanoTime();
            model.logits(ids_BT).getFloat(0, 0, 0);
            return (System.nanoTime() - start) / 1e6;
        }
    }

    private static double select(SelectionConfig selection, int positions) {
        try (NDManager scope = Torch.newScope("cpu");
                LogitsSelector selector = new LogitsSelector(scope, selection, 1)) {
            NDArray logits_NV = scope.create(logits(positions), new Shape(positions, VOCABULARY));
            SparseLogits into = new SparseLogits();
            double best = Double.MAX_VALUE;
            for (int i = 0; i < 4; i++) {
                long start = System.nanoTime();
                selector.select(logits_NV, List.of(), VOCABULARY, 1, into);
                best = Math.min(best, (System.nanoTime() - start) / 1e6);
            }
            return best;
        }
    }

    // A few likely ids above a broad bulk, as in a language model: about 20 to 100 kept entries.
    private static float[] logits(int positions) {
        Random random = new Random(2);
        float[] logits = new float[positions * VOCABULARY];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = (float) (2.2 * random.nextGaussian());
        }
        for (int position = 0; position < positions; position++) {
            for (int rank = 1; rank < 200; rank++) {
                logits[position * VOCABULARY + random.nextInt(VOCABULARY)] = (float) (17 - 1.6 * Math.log(rank));
            }
        }
        return logits;
    }
}
