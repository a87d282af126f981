package io.logitstream.schemas.logits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.Selection;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What is left is what a smaller selection would have kept. */
class SupportTruncationTest {
    private static final Selection STORED = new Selection("top-p-top-k", 1.0, 1000, 0, 0L);

    @Test
    void aSupportIsCutWhereItsMassReachesTopPOrItsSizeTopK() {
        Random random = new Random(8);
        for (int round = 0; round < 200; round++) {
            SparseLogits logits = RandomLogits.of(random, false).logits();
            int[][] ids = ids(logits);
            double[][] mass = masses(logits);
            float[] tails = logits.tailMass().clone();
            double topP = 1 - random.nextDouble();
            int topK = 1 + random.nextInt(20);

            new SupportTruncation(topP, topK).apply(logits, STORED);

            for (int i = 0; i < logits.positions(); i++) {
                int count = 0;
                double sum = 0;
                while (count < Math.min(topK, ids[i].length) && (count == 0 || sum < topP)) {
                    sum += mass[i][count++];
                }
                assertThat(ids(logits)[i]).isEqualTo(Arrays.copyOf(ids[i], count));
                double expected = Math.min(
                        1,
                        tails[i] + Arrays.stream(mass[i], count, mass[i].length).sum());
                assertThat((double) logits.tailMass()[i]).isCloseTo(expected, within(1e-6));
            }
        }
    }

    @Test
    void topPOfOneAndALargeTopKKeepEverything() {
        SparseLogits logits = RandomLogits.of(new Random(1), false).logits();
        int[][] before = ids(logits);

        new SupportTruncation(1, Integer.MAX_VALUE).apply(logits, STORED);

        assertThat(ids(logits)).isDeepEqualTo(before);
    }

    @Test
    void moreThanIsStoredCannotBeHad() {
        SparseLogits logits = RandomLogits.of(new Random(1), false).logits();
        Selection stored = new Selection("top-p-top-k", 0.9, 20, 0, 0L);

        assertThatThrownBy(() -> new SupportTruncation(0.95, 10).apply(logits, stored))
                .isInstanceOf(LogitstreamException.class)
                .hasMessageContaining("top-p 0.95")
                .hasMessageContaining("0.9 and top-k 20");
        assertThatThrownBy(() -> new SupportTruncation(0.5, 21).apply(logits, stored))
                .isInstanceOf(LogitstreamException.class);
        assertThatThrownBy(() -> new SupportTruncation(0.5, 10).apply(logits, new Selection("sampled", 1.0, 8, 50, 1L)))
                .isInstanceOf(LogitstreamException.class)
                .hasMessageContaining("sample");
    }

    private static int[][] ids(SparseLogits logits) {
        int[][] ids = new int[logits.positions()][];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = Arrays.copyOfRange(logits.ids(), logits.offsets()[i], logits.offsets()[i + 1]);
        }
        return ids;
    }

    private static double[][] masses(SparseLogits logits) {
        double[][] masses = new double[logits.positions()][];
        for (int i = 0; i < masses.length; i++) {
            masses[i] = new double[logits.offsets()[i + 1] - logits.offsets()[i]];
            for (int j = 0; j < masses[i].length; j++) {
                masses[i][j] = Math.exp(logits.logProbs()[logits.offsets()[i] + j]);
            }
        }
        return masses;
    }
}
