package io.logitstream.teacher.selection;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.logitstream.model.CausalModel;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.config.RopeConfig;
import io.logitstream.model.libtorch.Precision;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.teacher.config.SelectionConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Selections with an output head in bfloat16 against those with the same head in float32. */
class HeldBfloat16SelectionTest {
    private static final int VOCABULARY = 500;

    @TempDir
    private Path folder;

    @BeforeAll
    static void oneThread() {
        Torch.start(1);
    }

    @Test
    void selectionsAreTheSameToTheBit() throws IOException {
        ModelConfig config = new ModelConfig(
                VOCABULARY, 32, 48, 2, 4, 2, 8, 64, 1e-6, RopeConfig.plain(10000), true, false, false, 0);
        try (LanguageModel model = LanguageModels.create(config, 5, "cpu")) {
            LanguageModels.save(model, folder, DataType.BFLOAT16);
        }
        for (SelectionConfig selection :
                new SelectionConfig[] {new SelectionConfig(0.9, 30), new SelectionConfig("sampled", null, null, 20, 3L)
                }) {
            for (int threads : new int[] {1, 2}) {
                SparseLogits expected = select(Precision.FLOAT32, selection, threads);
                SparseLogits actual = select(Precision.BFLOAT16, selection, threads);

                assertSame(actual, expected);
            }
        }
    }

    private SparseLogits select(Precision held, SelectionConfig selection, int threads) {
        SparseLogits selected = new SparseLogits();
        try (CausalModel model = LanguageModels.load(folder, "cpu", held);
                NDManager scope = model.newScope();
                LogitsSelector selector = new LogitsSelector(scope, selection, threads)) {
            NDArray ids_BT = scope.arange(600f)
                    .mul(211)
                    .mod(VOCABULARY)
                    .toType(DataType.INT64, true)
                    .reshape(new Shape(10, 60));
            CausalModel.Outputs outputs = model.outputs(ids_BT, VOCABULARY, Precision.BFLOAT16);
            selector.select(outputs.values_N(), outputs.weight_VD(), VOCABULARY, 9, selected);
        }
        return selected;
    }

    private static void assertSame(SparseLogits actual, SparseLogits expected) {
        int positions = expected.positions();
        int total = expected.total();
        assertThat(Arrays.copyOf(actual.offsets(), positions + 1))
                .isEqualTo(Arrays.copyOf(expected.offsets(), positions + 1));
        assertThat(Arrays.copyOf(actual.ids(), total)).isEqualTo(Arrays.copyOf(expected.ids(), total));
        assertThat(Arrays.copyOf(actual.logProbs(), total)).isEqualTo(Arrays.copyOf(expected.logProbs(), total));
        assertThat(Arrays.copyOf(actual.logSumExp(), positions))
                .isEqualTo(Arrays.copyOf(expected.logSumExp(), positions));
        assertThat(Arrays.copyOf(actual.entropy(), positions)).isEqualTo(Arrays.copyOf(expected.entropy(), positions));
    }
}
