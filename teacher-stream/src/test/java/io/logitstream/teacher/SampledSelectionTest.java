package io.logitstream.teacher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.logitstream.model.libtorch.Torch;
import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.teacher.config.SelectionConfig;
import io.logitstream.teacher.selection.SampleSeed;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Random sampling with replacement: unbiased, reproducible, counted. */
class SampledSelectionTest {
    private static final SelectionConfig SAMPLED = new SelectionConfig("sampled", null, null, 50, 1L);

    @BeforeAll
    static void oneThread() {
        Torch.start(1);
    }

    @Test
    void frequenciesOfManyDrawsAreTheSoftmax() {
        assertUnbiased(300, 4_000, 2.5);
        assertUnbiased(40_037, 400, 3);
    }

    // Chi-squared over the likely ids and all others as one: its mean is the degrees of freedom, its deviation their
    // root of twice; six deviations are not reached by chance.
    private static void assertUnbiased(int vocabulary, int positions, double scale) {
        Random random = new Random(vocabulary);
        float[] row = new float[vocabulary];
        for (int v = 0; v < vocabulary; v++) {
            row[v] = (float) (scale * random.nextGaussian());
        }
        float[] logits = new float[positions * vocabulary];
        for (int i = 0; i < positions; i++) {
            System.arraycopy(row, 0, logits, i * vocabulary, vocabulary);
        }

        SparseLogits drawn = SelectedLogits.of(logits, vocabulary, SAMPLED, 77, 2);

        long[] counts = new long[vocabulary];
        for (int e = 0; e < drawn.total(); e++) {
            counts[drawn.ids()[e]] += drawn.counts()[e];
        }
        double draws = 50.0 * positions;
        assertThat((double) Arrays.stream(counts).sum()).isEqualTo(draws);
        double normaliser = 0;
        for (float z : row) {
            normaliser += Math.exp(z);
        }
        double chiSquared = 0;
        double rest = draws;
        double restDrawn = draws;
        int cells = 0;
        for (int v = 0; v < vocabulary; v++) {
            double expected = draws * Math.exp(row[v]) / normaliser;
            if (expected >= 10) {
                chiSquared += (counts[v] - expected) * (counts[v] - expected) / expected;
                rest -= expected;
                restDrawn -= counts[v];
                cells++;
            }
        }
        chiSquared += (restDrawn - rest) * (restDrawn - rest) / rest;
        assertThat(cells).isGreaterThan(50);
        assertThat(chiSquared).isCloseTo(cells, within(6 * Math.sqrt(2.0 * cells)));
    }

    @Test
    void meanTargetIsTheSoftmaxWithinItsStandardError() {
        float[] row = {2, 1, 0, -1, -3, -6};
        int positions = 20_000;
        float[] logits = new float[positions * row.length];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = row[i % row.length];
        }

        SparseLogits drawn =
                SelectedLogits.of(logits, row.length, new SelectionConfig("sampled", null, null, 7, 3L), 5, 1);

        double[] mean = new double[row.length];
        for (int e = 0; e < drawn.total(); e++) {
            mean[drawn.ids()[e]] += Math.exp(drawn.logProbs()[e]) / positions;
        }
        double normaliser = 0;
        for (float z : row) {
            normaliser += Math.exp(z);
        }
        for (int v = 0; v < row.length; v++) {
            double p = Math.exp(row[v]) / normaliser;
            assertThat(mean[v]).as("id %d", v).isCloseTo(p, within(5 * Math.sqrt(p * (1 - p) / (7.0 * positions))));
        }
    }

    @Test
    void drawsAreAFunctionOfSeedKeyAndPosition() {
        float[] logits = new float[600 * 64];
        Random random = new Random(2);
        for (int i = 0; i < logits.length; i++) {
            logits[i] = (float) random.nextGaussian();
        }
        long stream = SampleSeed.of(1, new BatchKey("c", 0, 3));

        SparseLogits once = SelectedLogits.of(logits, 64, SAMPLED, stream, 1);
        SparseLogits shared = SelectedLogits.of(logits, 64, SAMPLED, stream, 2);
        SparseLogits otherKey = SelectedLogits.of(logits, 64, SAMPLED, SampleSeed.of(1, new BatchKey("c", 0, 4)), 1);
        SparseLogits otherSeed = SelectedLogits.of(logits, 64, SAMPLED, SampleSeed.of(2, new BatchKey("c", 0, 3)), 1);

        assertThat(content(shared)).isEqualTo(content(once));
        assertThat(content(otherKey)).isNotEqualTo(content(once));
        assertThat(content(otherSeed)).isNotEqualTo(content(once));
        // The first 8 bytes of sha256("1/c/00000/0000003"), by another implementation.
        assertThat(stream).isEqualTo(0x752cb5e97c8efc86L);
    }

    @Test
    void countsFallAndTheTailIsTheProbabilityOfWhatWasNotDrawn() {
        float[] row = {1, 5, 1, 0, 2};
        double normaliser = 0;
        for (float z : row) {
            normaliser += Math.exp(z);
        }

        SparseLogits drawn = SelectedLogits.of(row, 5, SAMPLED, 9, 1);

        double mass = 0;
        for (int e = 0; e < drawn.total(); e++) {
            mass += Math.exp(row[drawn.ids()[e]]) / normaliser;
            assertThat(drawn.counts()[e]).isPositive();
            if (e > 0) {
                assertThat(drawn.counts()[e]).isLessThanOrEqualTo(drawn.counts()[e - 1]);
            }
            assertThat((double) drawn.logProbs()[e]).isCloseTo(Math.log(drawn.counts()[e] / 50.0), within(1e-6));
        }
        assertThat((double) drawn.tailMass()[0]).isCloseTo(1 - mass, within(1e-6));
        assertThat(drawn.draws()).isEqualTo(50);
    }

    private static String content(SparseLogits logits) {
        return Arrays.toString(Arrays.copyOf(logits.offsets(), logits.positions() + 1))
                + Arrays.toString(Arrays.copyOf(logits.ids(), logits.total()))
                + Arrays.toString(Arrays.copyOf(logits.counts(), logits.total()));
    }
}
