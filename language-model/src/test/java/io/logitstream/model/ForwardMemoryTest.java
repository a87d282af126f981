package io.logitstream.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.config.RopeConfig;
import io.logitstream.model.documents.DocumentLengths;
import io.logitstream.model.libtorch.Precision;
import io.logitstream.model.libtorch.Torch;
import java.io.IOException;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The estimate of a forward pass's memory, by which a teacher limits the rows of a pass. */
class ForwardMemoryTest {
    // The C library returns a released block to the system at once only if it has more than 32 MiB. An activation
    // [B, T, D] has 40 MiB here, so the memory of the process shows each of them.
    private static final int ROWS = 160;
    private static final int POSITIONS = 256;

    // Values per position. Attention: residual stream; queries, keys, values and mixed values in two layouts, or in
    // one;
    // probabilities of 64 queries. Elsewhere: residual stream and norm, and three times the feed-forward size or heads.
    // Isolated documents: a mask, and the angles of a head three times.
    @ParameterizedTest
    @CsvSource({
        "8,8,256,512," + (256 + 2 * 2 * (8 + 8) * 32 + 64 * 8),
        "8,2,256,352," + (256 + 2 * 2 * (8 + 2) * 32 + 64 * 8),
        "16,1,256,512," + (256 + 2 * (16 + 1) * 32 + 64 * 16),
        "8,8,20,512," + (256 + 2 * 2 * (8 + 8) * 32 + 20 * 8),
        "8,8,512,512," + (256 + 2 * 2 * (8 + 8) * 32 + 64 * 8),
        "8,8,513,512," + (2 * 256 + 3 * (8 + 8) * 32),
        "8,8,256,2048," + (2 * 256 + 3 * 2048)
    })
    void theEstimateIsTheLargerOfAttentionAndFeedForward(
            int heads, int groups, int positions, int feedForward, long values) {
        try (LanguageModel model = LanguageModels.create(config(heads, groups, feedForward), 1, "cpu")) {
            assertThat(model.bytesPerRow(positions, false)).isEqualTo(4L * positions * values);
            long documents = positions <= 512 ? positions + 3 * 32 : 0;
            assertThat(model.bytesPerRow(positions, true)).isEqualTo(4L * positions * (values + documents));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @EnabledOnOs(value = OS.LINUX, disabledReason = "reads /proc/self/status")
    void aPassOverShortRowsNeedsWhatIsEstimated(boolean isolated) throws IOException {
        Torch.start(1);
        try (LanguageModel model = LanguageModels.create(config(8, 8, 352), 1, "cpu")) {
            forward(model, isolated);
            long before = ResidentMemory.now();
            ResidentMemory.resetPeak();

            forward(model, isolated);

            assertThat(ResidentMemory.peak() - before)
                    .isCloseTo(ROWS * model.bytesPerRow(POSITIONS, isolated), Percentage.withPercentage(5));
        }
    }

    private static ModelConfig config(int heads, int groups, int feedForward) {
        return new ModelConfig(
                64,
                256,
                feedForward,
                2,
                heads,
                groups,
                32,
                1024,
                1e-6,
                RopeConfig.plain(10000),
                true,
                false,
                false,
                -1);
    }

    private static void forward(LanguageModel model, boolean isolated) {
        int[] tokens = new int[ROWS * (POSITIONS + 1)];
        for (int i = 0; i < tokens.length; i += 100) {
            tokens[i] = 1;
        }
        DocumentLengths documents = DocumentLengths.of(tokens, ROWS, isolated ? 1 : null);
        assertThat(documents.isSplit()).isEqualTo(isolated);
        try (NDManager scope = model.newScope()) {
            NDArray ids_BT = scope.zeros(new Shape(ROWS, POSITIONS), DataType.INT64);
            model.outputs(ids_BT, documents, 64, Precision.FLOAT32, share -> {});
        }
    }
}
