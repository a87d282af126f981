package io.logitstream.teacher.selection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.config.RopeConfig;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.teacher.DenseSelection;
import io.logitstream.teacher.config.SelectionConfig;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Selections against {@link DenseSelection}, the definition in double precision. */
class LogitsSelectorTest {
    private static final int HIDDEN = 8;

    @BeforeAll
    static void oneThread() {
        Torch.start(1);
    }

    @Test
    void selectionsAreThoseOfTheDenseFormula() {
        Random random = new Random(1);
        for (int i = 0; i < 60; i++) {
            int vocabulary = 2 + random.nextInt(120);
            double p = 1 - random.nextDouble();
            int k = 1 + random.nextInt(vocabulary + 10);

            assertDense(
                    vocabulary,
                    vocabulary,
                    1 + random.nextInt(12),
                    new SelectionConfig(p, k),
                    10 + 60 * random.nextDouble());
        }
    }

    @Test
    void positionsThatDoNotFillTheirLastChunkAreAllThere() {
        assertDense(40_000, 40_000, 70, new SelectionConfig(0.95, 50), 40);
    }

    @Test
    void selectionsWithASearchInHostMemoryAreThoseOfTheDenseFormula() {
        for (int vocabulary : new int[] {1_600, 4_096, 5_003, 20_000}) {
            for (double scale : new double[] {1, 40, 200, 600}) {
                assertDense(vocabulary, vocabulary, 40, new SelectionConfig(0.95, 50), scale);
                assertDense(vocabulary, vocabulary, 7, new SelectionConfig(0.5, 90), scale);
                assertDense(vocabulary, vocabulary, 7, new SelectionConfig(1.0, 13), scale);
            }
        }
    }

    @Test
    void oneSelectorServesBatchesOfSeveralSizesAndVocabularies() {
        Random random = new Random(6);
        try (NDManager scope = Torch.newScope("cpu");
                LogitsSelector selector = new LogitsSelector(scope, new SelectionConfig(0.95, 50), 1)) {
            for (int[] shape : new int[][] {{700, 4_096}, {3, 4_096}, {40, 1_600}, {700, 4_096}, {520, 4_101}}) {
                int positions = shape[0];
                int vocabulary = shape[1];
                NDArray hidden_ND = hidden(scope, positions, 1);
                float[] weight = new float[vocabulary * HIDDEN];
                for (int i = 0; i < weight.length; i++) {
                    weight[i] = (float) random.nextGaussian();
                }
                NDArray weight_VD = scope.create(weight, new Shape(vocabulary, HIDDEN));
                SparseLogits selected = new SparseLogits();

                selector.select(hidden_ND, List.of(weight_VD), vocabulary, 0, selected);

                for (int i = 0; i < positions; i += 1 + positions / 20) {
                    DenseSelection expected =
                            DenseSelection.of(hidden_ND.toFloatArray(), i, weight, HIDDEN, vocabulary);
                    assertPosition(selected, i, expected, new SelectionConfig(0.95, 50), Arrays.toString(shape));
                }
            }
        }
    }

    @Test
    void topPOfOneKeepsAllOfTopKHoweverPeakedTheDistribution() {
        SparseLogits peaked = assertDense(60, 60, 9, new SelectionConfig(1.0, 20), 2000);
        SparseLogits all = assertDense(60, 60, 9, new SelectionConfig(1.0, 1000), 40);

        assertThat(peaked.total()).isEqualTo(9 * 20);
        assertThat(all.total()).isEqualTo(9 * 60);
    }

    @Test
    void aTinyTopPKeepsTheMostLikelyTokenAlone() {
        SparseLogits tiny = assertDense(60, 60, 9, new SelectionConfig(Double.MIN_VALUE, 20), 40);
        SparseLogits one = assertDense(60, 60, 9, new SelectionConfig(1.0, 1), 40);

        assertThat(tiny.total()).isEqualTo(9);
        assertThat(one.total()).isEqualTo(9);
    }

    @Test
    void paddingOfTheVocabularyNeverEnters() {
        for (int vocabulary : new int[] {1, 37, 63}) {
            assertDense(64, vocabulary, 9, new SelectionConfig(1.0, 64), 40);
        }
    }

    private static SparseLogits assertDense(
            int padded, int vocabulary, int positions, SelectionConfig selection, double scale) {
        ModelConfig config = new ModelConfig(
                padded, HIDDEN, 8, 1, 2, 1, 4, 16, 1e-6, RopeConfig.plain(10000), false, false, false, -1);
        SparseLogits selected = new SparseLogits();
        try (LanguageModel model = LanguageModels.create(config, padded, "cpu");
                NDManager scope = model.newScope();
                LogitsSelector selector = new LogitsSelector(scope, selection, 1 + positions % 2)) {
            NDArray hidden_ND = hidden(scope, positions, scale);
            float[] weight = model.outputWeight().toFloatArray();

            selector.select(hidden_ND, List.of(model.outputWeight().get("0:" + vocabulary)), vocabulary, 0, selected);

            assertThat(selected.positions()).isEqualTo(positions);
            for (int i = 0; i < positions; i++) {
                DenseSelection expected = DenseSelection.of(hidden_ND.toFloatArray(), i, weight, HIDDEN, vocabulary);
                assertPosition(selected, i, expected, selection, "vocabulary " + vocabulary + ", " + selection);
            }
        }
        return selected;
    }

    private static void assertPosition(
            SparseLogits selected, int position, DenseSelection expected, SelectionConfig selection, String what) {
        int begin = selected.offsets()[position];
        int count = selected.offsets()[position + 1] - begin;
        assertThat(count)
                .as(what)
                .isBetween(
                        expected.count(selection.topP() - 1e-5, selection.topK()),
                        expected.count(selection.topP() + 1e-5, selection.topK()));
        double kept = 0;
        for (int j = 0; j < count; j++) {
            double logProb = expected.logProb(selected.ids()[begin + j]);
            kept += Math.exp(logProb);
            assertThat((double) selected.logProbs()[begin + j]).as(what).isCloseTo(logProb, within(2e-4));
            // By rank, and by value so that equal logits may change places.
            assertThat(logProb).as(what).isCloseTo(expected.ranked(j), within(1e-4));
        }
        assertThat(selected.ids())
                .as(what)
                .satisfies(ids -> assertThat(Arrays.stream(ids, begin, begin + count)
                                .distinct()
                                .count())
                        .isEqualTo(count));
        assertThat((double) selected.tailMass()[position]).as(what).isCloseTo(1 - kept, within(1e-5));
        assertThat((double) selected.logSumExp()[position]).as(what).isCloseTo(expected.logSumExp(), within(2e-4));
        assertThat((double) selected.standardDeviation()[position])
                .as(what)
                .isCloseTo(expected.standardDeviation(), within(2e-4 * Math.max(1, expected.standardDeviation())));
        assertThat((double) selected.entropy()[position]).as(what).isCloseTo(expected.entropy(), within(2e-4));
    }

    private static NDArray hidden(NDManager scope, int positions, double scale) {
        Random random = new Random(positions);
        float[] values = new float[positions * HIDDEN];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (scale * random.nextGaussian());
        }
        return scope.create(values, new Shape(positions, HIDDEN));
    }
}
