package io.logitstream.teacher.selection;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The search in host memory against a sort of all ids. */
class LargestLogitsTest {
    @Test
    void theLargestLogitsAreFoundWithTiesAndZeros() {
        Random random = new Random(4);
        for (int round = 0; round < 200; round++) {
            int blocks = 3 + random.nextInt(40);
            int block = 1 + random.nextInt(16);
            int vocabulary = blocks * block + random.nextInt(block);
            int wanted = 1 + random.nextInt(blocks);
            int levels = 1 + random.nextInt(50);
            float[] row = new float[vocabulary];
            for (int i = 0; i < vocabulary; i++) {
                int level = random.nextInt(levels) - levels / 2;
                row[i] = level == 0 && random.nextBoolean() ? -0f : level * 0.37f;
            }
            int[] sorted = sorted(row);

            LargestLogits.Found found = find(row, blocks, block, wanted, Double.POSITIVE_INFINITY);

            assertThat(found.ids()).isEqualTo(Arrays.copyOf(sorted, wanted));
            for (int k = 0; k < wanted; k++) {
                assertThat(found.values()[k]).isEqualTo(row[sorted[k]]);
            }
        }
    }

    @Test
    void whereFewLogitsHaveTheMassFewAreFound() {
        Random random = new Random(5);
        int fewer = 0;
        for (int round = 0; round < 2_000; round++) {
            int blocks = 3 + random.nextInt(60);
            int block = 1 + random.nextInt(16);
            int wanted = 1 + random.nextInt(blocks);
            double mass = random.nextDouble();
            // Logits that lie far from zero are rounded most, and where they are multiples of a class, at its limit.
            float offset = random.nextInt(3) * 10_000;
            float scale = 1 + random.nextInt(8);
            boolean multiples = random.nextBoolean();
            float[] row = new float[blocks * block + random.nextInt(block)];
            for (int i = 0; i < row.length; i++) {
                float value = scale * (float) random.nextGaussian();
                row[i] = offset + (multiples ? Math.round(value * 8) / 8f : value);
            }
            int[] sorted = sorted(row);

            LargestLogits.Found found = find(row, blocks, block, wanted, mass);

            int count = 0;
            double reached = 0;
            while (count < wanted && found.values()[count] != Float.NEGATIVE_INFINITY) {
                assertThat(found.ids()[count]).isEqualTo(sorted[count]);
                assertThat(found.values()[count]).isEqualTo(row[sorted[count]]);
                reached += Math.pow(2, row[sorted[count]] - logSum(row));
                count++;
            }
            if (count < wanted) {
                fewer++;
                assertThat(reached).isGreaterThan(mass);
                assertThat(Arrays.copyOfRange(found.ids(), count, wanted)).containsOnly(0);
            }
        }
        assertThat(fewer).isGreaterThan(500);
    }

    @Test
    void oneLogitIsEnoughWhereItHasTheMass() {
        float[] row = new float[4_096];
        row[77] = 20;

        assertThat(find(row, 256, 16, 50, 0.95).values())
                .startsWith(20f, Float.NEGATIVE_INFINITY)
                .hasSize(50);
    }

    @Test
    void logitsOfMaskedTokensAreTheLast() {
        float[] row = new float[64];
        Arrays.fill(row, Float.NEGATIVE_INFINITY);
        row[40] = 2;
        row[7] = -3;

        assertThat(find(row, 4, 16, 4, Double.POSITIVE_INFINITY).ids()).containsExactly(40, 7, 0, 1);
    }

    @Test
    void aRowThatIsNotFiniteIsLeftToTheKernel() {
        float[] row = new float[64];
        Arrays.fill(row, Float.NaN);

        assertThat(find(row, 4, 16, 3, 0.5)).isNull();
    }

    private static LargestLogits.Found find(float[] row, int blocks, int block, int wanted, double mass) {
        float[] maxima = new float[blocks];
        Arrays.fill(maxima, Float.NEGATIVE_INFINITY);
        float largest = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < blocks * block; i++) {
            maxima[i % blocks] = Math.max(maxima[i % blocks], row[i]);
            largest = Math.max(largest, row[i]);
        }
        return new LargestLogits(row.length, blocks, block, wanted, mass)
                .find(
                        FloatBuffer.wrap(row),
                        FloatBuffer.wrap(maxima),
                        FloatBuffer.wrap(new float[] {largest}),
                        FloatBuffer.wrap(new float[] {(float) (logSum(row) - largest)}),
                        1);
    }

    private static double logSum(float[] row) {
        double largest =
                IntStream.range(0, row.length).mapToDouble(i -> row[i]).max().orElseThrow();
        double sum = IntStream.range(0, row.length)
                .mapToDouble(i -> Math.pow(2, row[i] - largest))
                .sum();
        return largest + Math.log(sum) / Math.log(2);
    }

    private static int[] sorted(float[] row) {
        return IntStream.range(0, row.length)
                .boxed()
                .sorted(Comparator.<Integer>comparingDouble(id -> -(row[id] + 0f))
                        .thenComparingInt(id -> id))
                .mapToInt(id -> id)
                .toArray();
    }
}
