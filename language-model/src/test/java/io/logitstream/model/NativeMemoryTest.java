package io.logitstream.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.config.RopeConfig;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.model.optimizer.AdamW;
import io.logitstream.model.optimizer.AdamWTest;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/**
 * Resident memory of this process over many passes. One leaked activation [B, T, D] in each pass would add 100 MiB;
 * the bound is half of that.
 */
@EnabledOnOs(value = OS.LINUX, disabledReason = "reads /proc/self/status")
class NativeMemoryTest {
    private static final int PASSES = 200;
    private static final long ROWS = 8;
    private static final long POSITIONS = 128;
    private static final int HIDDEN = 128;
    private static final long ACTIVATION_BYTES = ROWS * POSITIONS * HIDDEN * Float.BYTES;

    private LanguageModel model;

    @BeforeEach
    void createModel() {
        Torch.start(1);
        model = LanguageModels.create(
                new ModelConfig(
                        64,
                        HIDDEN,
                        32,
                        1,
                        4,
                        4,
                        8,
                        (int) POSITIONS,
                        1e-6,
                        RopeConfig.plain(10000),
                        true,
                        false,
                        false,
                        -1),
                1,
                "cpu");
    }

    @AfterEach
    void closeModel() {
        model.close();
    }

    @Test
    void forwardPassesKeepNothing() throws IOException {
        assertThat(growth(this::forward)).isLessThan(PASSES * ACTIVATION_BYTES / 2);
    }

    @Test
    void trainingStepsKeepNothing() throws IOException {
        try (AdamW optimizer = new AdamW(model, new AdamW.Settings(0.9, 0.95, 1e-8, 0.1, 1))) {
            assertThat(growth(() -> train(optimizer))).isLessThan(PASSES * ACTIVATION_BYTES / 2);
        }
    }

    private void forward() {
        try (NDManager scope = model.newScope()) {
            model.hidden(ids(scope));
        }
    }

    private void train(AdamW optimizer) {
        try (NDManager scope = model.newScope()) {
            optimizer.zeroGradients();
            AdamWTest.backward(model, ids(scope));
            optimizer.step(optimizer.gradientNorm(scope), 1e-3);
        }
    }

    private static NDArray ids(NDManager scope) {
        return scope.zeros(new Shape(ROWS, POSITIONS), DataType.INT64);
    }

    private static long growth(Runnable pass) throws IOException {
        for (int i = 0; i < PASSES / 4; i++) {
            pass.run();
        }
        long before = ResidentMemory.now();
        for (int i = 0; i < PASSES; i++) {
            pass.run();
        }
        return ResidentMemory.now() - before;
    }
}
