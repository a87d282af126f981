package io.logitstream.teacher;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.model.libtorch.Torch;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.teacher.config.SelectionConfig;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Of equal logits those with the smaller ids are kept, and stand first, however the search goes about it. */
class SelectionTiesTest {

    @BeforeAll
    static void oneThread() {
        Torch.start(1);
    }

    @Test
    void equalLogitsComeInOrderOfTheirIds() {
        Random random = new Random(3);
        for (int round = 0; round < 40; round++) {
            int vocabulary = new int[] {7, 31, 100, 2_000, 4_096, 40_001}[round % 6];
            int positions = 1 + random.nextInt(5);
            float[] logits = logits(random, positions, vocabulary, 1 + random.nextInt(12));
            int k = 1 + random.nextInt(Math.min(vocabulary, 90));

            SparseLogits topK =
                    SelectedLogits.of(logits, vocabulary, new SelectionConfig("top-k", null, k, null, null), 0, 1);
            SparseLogits topP = SelectedLogits.of(logits, vocabulary, new SelectionConfig(0.9, k), 0, 1);

            for (int i = 0; i < positions; i++) {
                int[] expected = best(logits, i, vocabulary, k);
                assertThat(SelectedLogits.ids(topK, i))
                        .as("vocabulary %d, k %d", vocabulary, k)
                        .isEqualTo(expected);
                assertThat(expected).startsWith(SelectedLogits.ids(topP, i));
            }
        }
    }

    @Test
    void denseKeepsTheWholeVocabularyInOrder() {
        float[] logits = logits(new Random(5), 3, 700, 4);

        SparseLogits dense = SelectedLogits.of(logits, 700, new SelectionConfig("dense", null, null, null, null), 0, 1);

        assertThat(dense.total()).isEqualTo(3 * 700);
        for (int i = 0; i < 3; i++) {
            assertThat(SelectedLogits.ids(dense, i)).isEqualTo(best(logits, i, 700, 700));
            assertThat(dense.tailMass()[i]).isLessThan(1e-5f);
        }
    }

    @Test
    void topPAloneGoesOnUntilTheMassIsReached() {
        int vocabulary = 3_000;
        float[] logits = new float[2 * vocabulary];
        logits[vocabulary + 17] = 30;

        SparseLogits topP =
                SelectedLogits.of(logits, vocabulary, new SelectionConfig("top-p", 0.5, null, null, null), 0, 1);

        // Half of a flat distribution is half of its ids, and the smaller ones.
        assertThat(SelectedLogits.ids(topP, 0))
                .hasSizeBetween(1499, 1501)
                .startsWith(0, 1, 2)
                .isSorted();
        assertThat(SelectedLogits.ids(topP, 1)).containsExactly(17);
    }

    private static float[] logits(Random random, int positions, int vocabulary, int levels) {
        float[] logits = new float[positions * vocabulary];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = (random.nextInt(levels) - levels / 2) * 0.37f;
            if (logits[i] == 0 && random.nextBoolean()) {
                logits[i] = -0f;
            }
        }
        return logits;
    }

    private static int[] best(float[] logits, int position, int vocabulary, int k) {
        return IntStream.range(0, vocabulary)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer id) -> -(logits[position * vocabulary + id] + 0f))
                        .thenComparing(id -> id))
                .limit(k)
                .mapToInt(id -> id)
                .toArray();
    }
}
