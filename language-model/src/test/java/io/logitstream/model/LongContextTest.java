package io.logitstream.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.config.ProjectionBiases;
import io.logitstream.model.config.RopeConfig;
import io.logitstream.model.libtorch.Torch;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
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
        ModelConfig config = new ModelConfig(
                "mistral",
                64,
                32,
                64,
                2,
                8,
                2,
                4,
                POSITIONS,
                1e-6,
                RopeConfig.plain(10000),
                true,
                ProjectionBiases.NONE,
                windows,
                -1);
        Torch.start(1);
        try (LanguageModel model = LanguageModels.create(config, 1, "cpu")) {
            forward(model);
            long before = ResidentMemory.now();
            ResidentMemory.resetPeak();

            forward(model);

            assertThat(ResidentMemory.peak() - before).isLessThan(MASK_BYTES / 2);
        }
    }

    private static void forward(LanguageModel model) {
        try (NDManager scope = model.newScope()) {
            model.hidden(scope.zeros(new Shape(1, POSITIONS), DataType.INT64));
        }
    }
}
