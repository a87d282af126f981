package io.logitstream.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.config.ProjectionBiases;
import io.logitstream.model.config.RopeConfig;
import io.logitstream.model.documents.DocumentLengths;
import io.logitstream.model.layers.ForwardPass;
import io.logitstream.model.libtorch.Precision;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.model.optimizer.AdamW;
import java.io.IOException;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Peak memory of a context of 4,096. Scores of all pairs of positions would take 512 MiB for 8 heads, and a mask of
 * them 64 MiB; each activation [T, D] takes 512 kB.
 */
@EnabledOnOs(value = OS.LINUX, disabledReason = "reads /proc/self/status")
class LongContextTest {
    private static final int POSITIONS = 4096;
    private static final long MASK_BYTES = (long) POSITIONS * POSITIONS * Float.BYTES;

    @ParameterizedTest
    @ValueSource(ints = {0, 100, 1000})
    void attentionHoldsNothingOfTheSquareOfTheContext(int window) throws IOException {
        List<Integer> windows = window == 0 ? List.of() : Collections.nCopies(2, window);
        ModelConfig config = config(POSITIONS, 32, windows);
        Torch.start(1);
        try (LanguageModel model = LanguageModels.create(config, 1, "cpu")) {
            forward(model);
            long before = ResidentMemory.now();
            ResidentMemory.resetPeak();

            forward(model);

            assertThat(ResidentMemory.peak() - before).isLessThan(MASK_BYTES / 2);
        }
    }

    /** Scores of all pairs of the positions of a row of 32,768 would take 4 GiB, and a mask of them 1 GiB at least. */
    @Test
    void aTrainingPassOverIsolatedDocumentsTakesMemoryByThePosition() throws IOException {
        int positions = 1 << 15;
        Random random = new Random(1);
        int[] tokens =
                random.ints(positions + 1L, 0, 500).map(id -> Math.min(id, 63)).toArray();
        // Long documents in the first half, short ones in the second.
        for (int i = positions / 2; i < positions; i += 1 + random.nextInt(60)) {
            tokens[i] = 0;
        }
        Torch.start(1);
        try (LanguageModel model = LanguageModels.create(config(positions, 32, List.of()), 1, "cpu");
                AdamW optimizer = new AdamW(model, new AdamW.Settings(0.9, 0.95, 1e-8, 0.1, 1))) {
            long before = ResidentMemory.now();
            ResidentMemory.resetPeak();
            Torch.recordGradients(true);
            try (NDManager scope = model.newScope()) {
                NDArray ids_BT = scope.create(Arrays.copyOf(tokens, positions), new Shape(1, positions));
                ForwardPass forward = model.forward(
                        ids_BT.toType(DataType.INT64, true),
                        DocumentLengths.of(tokens, 1, 0),
                        false,
                        Precision.FLOAT32);
                forward.backward(scope.ones(forward.hidden_BTD().getShape()));
                assertThat(optimizer.gradientNorm(scope).getFloat()).isPositive();
            } finally {
                Torch.recordGradients(false);
            }

            assertThat(ResidentMemory.peak() - before).isLessThan(512L << 20);
        }
    }

    private static ModelConfig config(int positions, int hiddenSize, List<Integer> windows) {
        return new ModelConfig(
                "mistral",
                64,
                hiddenSize,
                64,
                2,
                8,
                2,
                4,
                positions,
                1e-6,
                RopeConfig.plain(10000),
                true,
                ProjectionBiases.NONE,
                windows,
                -1);
    }

    private static void forward(LanguageModel model) {
        try (NDManager scope = model.newScope()) {
            model.hidden(scope.zeros(new Shape(1, POSITIONS), DataType.INT64));
        }
    }
}
