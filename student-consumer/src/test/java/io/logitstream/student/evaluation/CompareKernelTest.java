package io.logitstream.student.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.logitstream.model.CausalModel;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.model.libtorch.TorchScript;
import io.logitstream.student.loss.DenseLoss;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * The kernel behind {@link Evaluator}: loss, divergence from the teacher, agreement and calibration, in double
 * precision.
 */
class CompareKernelTest {
    private static final int POSITIONS = 23;
    private static final int VOCABULARY = 61;

    private final NDManager scope = Torch.newScope("cpu");
    private final TorchScript kernels = TorchScript.load(scope, Evaluator.class, "evaluation.py");

    @AfterEach
    void closeScope() {
        kernels.close();
        scope.close();
    }

    @Test
    void sumsAreThoseOfTheFormulaInChunksOfAnySize() {
        Random random = new Random(4);
        float[] hidden = gaussian(random, POSITIONS * 8);
        float[] weight = gaussian(random, VOCABULARY * 8);
        float[] teacherHidden = gaussian(random, POSITIONS * 12);
        float[] teacherWeight = gaussian(random, VOCABULARY * 12);
        long[] targets = random.longs(POSITIONS, 0, VOCABULARY).toArray();
        double loss = 0;
        double divergence = 0;
        int agree = 0;
        double[] bins = new double[3 * Evaluator.BINS];
        for (int n = 0; n < POSITIONS; n++) {
            double[] student = DenseLoss.logSoftmax(hidden, n, weight, 8);
            double[] teacher = DenseLoss.logSoftmax(teacherHidden, n, teacherWeight, 12);
            loss -= student[(int) targets[n]];
            for (int v = 0; v < VOCABULARY; v++) {
                divergence += Math.exp(teacher[v]) * (teacher[v] - student[v]);
            }
            int best = mostLikely(student);
            agree += best == mostLikely(teacher) ? 1 : 0;
            double confidence = Math.exp(student[best]);
            int bin = (int) Math.ceil(confidence * Evaluator.BINS) - 1;
            bins[bin]++;
            bins[Evaluator.BINS + bin] += confidence;
            bins[2 * Evaluator.BINS + bin] += best == targets[n] ? 1 : 0;
        }

        for (long chunk : new long[] {1, 5, POSITIONS, 100}) {
            double[] sums = compare(hidden, weight, 8, teacherHidden, teacherWeight, 12, targets, chunk);

            assertThat(sums[0]).isCloseTo(loss, within(1e-5 * POSITIONS));
            assertThat(sums[1]).isCloseTo(divergence, within(1e-5 * POSITIONS));
            assertThat(sums[2]).isEqualTo(agree);
            assertThat(Arrays.copyOfRange(sums, 3, sums.length)).containsExactly(bins, within(1e-5));
            assertThat(compareWithLogits(hidden, weight, 8, teacherHidden, teacherWeight, 12, targets, chunk))
                    .containsExactly(sums, within(1e-4));
        }
    }

    @Test
    void probabilitiesAreExactDownToThoseThatFloat32DoesNotHold() {
        float[] logProbs = {0, -1e-3f, -0.5f, -3, -20, -80, -200, -1e30f, Float.NEGATIVE_INFINITY};
        NDArray log_p_CV = scope.create(logProbs, new Shape(3, 3));

        float[] found = kernels.call("probabilities", log_p_CV, log_p_CV).toFloatArray();

        for (int i = 0; i < logProbs.length; i++) {
            double expected = Math.exp(logProbs[i]);
            double rounding = 1e-5 * expected + Float.MIN_VALUE;
            assertThat((double) found[i]).as("exp(%s)", logProbs[i]).isCloseTo(expected, within(rounding));
        }
        assertThat(log_p_CV.toFloatArray()).isEqualTo(found);
    }

    @Test
    void severalModelsInOnePassGiveTheNumbersOfEachAlone() {
        Random random = new Random(9);
        float[] teacherHidden = gaussian(random, POSITIONS * 12);
        float[] teacherWeight = gaussian(random, VOCABULARY * 12);
        float[][] hidden = {gaussian(random, POSITIONS * 8), gaussian(random, POSITIONS * 4)};
        float[][] weight = {gaussian(random, VOCABULARY * 8), gaussian(random, VOCABULARY * 4)};
        long[] targets = new Random(10).longs(POSITIONS, 0, VOCABULARY).toArray();

        CausalModel.Outputs first = outputs(hidden[0], weight[0], 8);
        // A model with capped logits has no weight to show.
        NDArray logits_NV = first.values_N().matMul(first.weight_VD().get(0).transpose());
        List<double[]> all = Evaluator.compareAll(
                kernels,
                outputs(teacherHidden, teacherWeight, 12),
                List.of(first, outputs(hidden[1], weight[1], 4), new CausalModel.Outputs(logits_NV, List.of())),
                scope.create(targets, new Shape(POSITIONS, 1)),
                VOCABULARY);

        long chunk = Evaluator.chunk(VOCABULARY);
        assertThat(all).hasSize(4);
        assertThat(all.get(3)).containsExactly(all.get(1), within(1e-4));
        assertThat(all.get(0))
                .isEqualTo(compare(teacherHidden, teacherWeight, 12, teacherHidden, teacherWeight, 12, targets, chunk));
        assertThat(all.get(1))
                .isEqualTo(compare(hidden[0], weight[0], 8, teacherHidden, teacherWeight, 12, targets, chunk));
        assertThat(all.get(2))
                .isEqualTo(compare(hidden[1], weight[1], 4, teacherHidden, teacherWeight, 12, targets, chunk));
    }

    private CausalModel.Outputs outputs(float[] hidden, float[] weight, int size) {
        return new CausalModel.Outputs(
                scope.create(hidden, new Shape(POSITIONS, size)),
                List.of(scope.create(weight, new Shape(VOCABULARY, size))));
    }

    @Test
    void theMostLikelyTokenIsTheFirstMaximumForVocabulariesOfAnySize() {
        Random random = new Random(7);
        for (int vocabulary : new int[] {1, 3, 61, 64, 65, 127, 128, 300, 4096}) {
            float[] values = gaussian(random, POSITIONS * vocabulary);
            for (int i = 0; i < values.length; i++) {
                int row = i / vocabulary;
                // Some rows have many equal maxima, some NaN, and some one value alone.
                if (row % 4 == 1) {
                    values[i] = Math.round(values[i]);
                } else if (row % 4 == 2 && random.nextInt(vocabulary) < 3) {
                    values[i] = Float.NaN;
                } else if (row % 8 == 3) {
                    values[i] = row == 3 ? Float.NEGATIVE_INFINITY : 0;
                }
            }
            NDArray z_NV = scope.create(values, new Shape(POSITIONS, vocabulary));

            assertThat(kernels.call("most_likely", z_NV).toLongArray())
                    .as("vocabulary of %d", vocabulary)
                    .containsExactly(firstMaxima(values, vocabulary));
        }
    }

    // A NaN counts as larger than any number, as in torch.argmax.
    private static long[] firstMaxima(float[] values, int vocabulary) {
        long[] best = new long[values.length / vocabulary];
        for (int i = 0; i < values.length; i++) {
            int row = i / vocabulary;
            float before = values[row * vocabulary + (int) best[row]];
            if (!Float.isNaN(before) && (Float.isNaN(values[i]) || values[i] > before)) {
                best[row] = i % vocabulary;
            }
        }
        return best;
    }

    @Test
    void aModelDoesNotDivergeFromItself() {
        Random random = new Random(5);
        float[] hidden = gaussian(random, POSITIONS * 8);
        float[] weight = gaussian(random, VOCABULARY * 8);

        double[] sums = compare(hidden, weight, 8, hidden, weight, 8, new long[POSITIONS], 5);

        assertThat(sums[1]).isZero();
        assertThat(sums[2]).isEqualTo(POSITIONS);
    }

    @Test
    void certainAndUniformPositionsFallIntoTheLastAndTheFirstBin() {
        float[] weight = gaussian(new Random(6), VOCABULARY * 8);
        float[] hidden = new float[POSITIONS * 8];
        for (int i = 0; i < 8; i++) {
            hidden[i] = 1000 * weight[i];
        }

        double[] sums = compare(hidden, weight, 8, hidden, weight, 8, new long[POSITIONS], 5);

        assertThat(sums[3 + Evaluator.BINS - 1]).isEqualTo(1);
        assertThat(sums[3]).isEqualTo(POSITIONS - 1);
    }

    @Test
    void theCalibrationErrorIsTheMeanDistanceOfAccuracyAndConfidence() {
        double[] bins = new double[3 * Evaluator.BINS];
        bins[2] = 10;
        bins[Evaluator.BINS + 2] = 1.7;
        bins[2 * Evaluator.BINS + 2] = 4;
        bins[14] = 30;
        bins[Evaluator.BINS + 14] = 29;
        bins[2 * Evaluator.BINS + 14] = 20;

        // A quarter of the positions is 0.4 - 0.17 off, the others (29 - 20) / 30.
        assertThat(Evaluator.calibrationError(bins)).isCloseTo(0.25 * 0.23 + 0.75 * 0.3, within(1e-12));
    }

    private double[] compare(
            float[] hidden,
            float[] weight,
            int size,
            float[] teacherHidden,
            float[] teacherWeight,
            int teacherSize,
            long[] targets,
            long chunk) {
        return kernels.run(
                        scope,
                        "compare",
                        scope.create(hidden, new Shape(POSITIONS, size)),
                        List.of(scope.create(weight, new Shape(VOCABULARY, size))),
                        List.of(scope.create(teacherHidden, new Shape(POSITIONS, teacherSize))),
                        List.of(scope.create(teacherWeight, new Shape(VOCABULARY, teacherSize))),
                        scope.create(targets, new Shape(POSITIONS, 1)),
                        chunk,
                        (long) Evaluator.BINS)
                .get(0)
                .toDoubleArray();
    }

    // A teacher that gives logits and has no weight to show.
    private double[] compareWithLogits(
            float[] hidden,
            float[] weight,
            int size,
            float[] teacherHidden,
            float[] teacherWeight,
            int teacherSize,
            long[] targets,
            long chunk) {
        NDArray logits_NV = scope.create(teacherHidden, new Shape(POSITIONS, teacherSize))
                .matMul(scope.create(teacherWeight, new Shape(VOCABULARY, teacherSize))
                        .transpose());
        return kernels.run(
                        scope,
                        "compare",
                        scope.create(hidden, new Shape(POSITIONS, size)),
                        List.of(scope.create(weight, new Shape(VOCABULARY, size))),
                        List.of(logits_NV),
                        List.of(),
                        scope.create(targets, new Shape(POSITIONS, 1)),
                        chunk,
                        (long) Evaluator.BINS)
                .get(0)
                .toDoubleArray();
    }

    private static int mostLikely(double[] logP) {
        int best = 0;
        for (int v = 1; v < logP.length; v++) {
            best = logP[v] > logP[best] ? v : best;
        }
        return best;
    }

    private static float[] gaussian(Random random, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
