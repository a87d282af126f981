package io.logitstream.teacher.selection;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.model.libtorch.TorchScript;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.teacher.config.SelectionConfig;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The search in host memory against the kernel that sorts with libtorch: the same results, bit for bit. */
class RankedSelectionTest {
    private static final int POSITIONS = 700;
    private static final int WIDTH = 24;

    @BeforeAll
    static void start() {
        Torch.start(1);
    }

    @Test
    void theSelectionIsThatOfTheKernelBitForBit() {
        Random random = new Random(2);
        for (int vocabulary : new int[] {1_600, 4_096, 5_003, 20_000}) {
            for (float scale : new float[] {0.02f, 0.3f, 1.5f}) {
                int topK = 1 + random.nextInt(90);
                try (NDManager scope = Torch.newScope("cpu");
                        LogitsSelector selector = new LogitsSelector(scope, new SelectionConfig(0.95, topK), 1);
                        TorchScript kernels = TorchScript.load(scope, LogitsSelector.class, "selection.py")) {
                    NDArray hidden_ND =
                            scope.create(gaussian(random, POSITIONS * WIDTH, 1), new Shape(POSITIONS, WIDTH));
                    NDArray weight_VD =
                            scope.create(gaussian(random, vocabulary * WIDTH, scale), new Shape(vocabulary, WIDTH));
                    SparseLogits ranked = new SparseLogits();
                    selector.select(hidden_ND, List.of(weight_VD), vocabulary, 0, ranked);

                    NDList sorted = kernels.run(
                            scope,
                            "top",
                            hidden_ND,
                            List.of(weight_VD),
                            (double) 0.95f,
                            (long) topK,
                            16L,
                            16L,
                            Math.max(16, (2L << 20) / vocabulary));
                    SparseLogits expected = new SparseLogits();
                    PartialSelection.gather(List.of(PartialSelection.of(sorted, false)), POSITIONS, 0, expected);

                    assertThat(ranked.total()).isEqualTo(expected.total());
                    assertThat(ranked.offsets()).startsWith(Arrays.copyOf(expected.offsets(), POSITIONS + 1));
                    assertThat(Arrays.copyOf(ranked.ids(), ranked.total()))
                            .isEqualTo(Arrays.copyOf(expected.ids(), ranked.total()));
                    assertThat(Arrays.copyOf(ranked.logProbs(), ranked.total()))
                            .isEqualTo(Arrays.copyOf(expected.logProbs(), ranked.total()));
                    assertThat(Arrays.copyOf(ranked.tailMass(), POSITIONS))
                            .isEqualTo(Arrays.copyOf(expected.tailMass(), POSITIONS));
                    assertThat(Arrays.copyOf(ranked.entropy(), POSITIONS))
                            .isEqualTo(Arrays.copyOf(expected.entropy(), POSITIONS));
                }
            }
        }
    }

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
            float[] maxima = new float[blocks];
            Arrays.fill(maxima, Float.NEGATIVE_INFINITY);
            for (int i = 0; i < blocks * block; i++) {
                maxima[i % blocks] = Math.max(maxima[i % blocks], row[i]);
            }

            LargestLogits.Found found = new LargestLogits(vocabulary, blocks, block, wanted)
                    .find(FloatBuffer.wrap(row), FloatBuffer.wrap(maxima), 1);

            int[] largest = IntStream.range(0, vocabulary)
                    .boxed()
                    .sorted(Comparator.<Integer>comparingDouble(id -> -(row[id] + 0f))
                            .thenComparingInt(id -> id))
                    .limit(wanted)
                    .mapToInt(id -> id)
                    .toArray();
            assertThat(found.ids()).isEqualTo(largest);
            assertThat(found.first()).containsExactly(largest[0]);
            for (int k = 0; k < wanted; k++) {
                assertThat(found.values()[k]).isEqualTo(row[largest[k]]);
            }
        }
    }

    @Test
    void logitsOfMaskedTokensAreTheLast() {
        float[] row = new float[64];
        Arrays.fill(row, Float.NEGATIVE_INFINITY);
        row[40] = 2;
        row[7] = -3;

        assertThat(new LargestLogits(64, 4, 16, 4)
                        .find(
                                FloatBuffer.wrap(row),
                                FloatBuffer.wrap(new float[] {2, Float.NEGATIVE_INFINITY, Float.NEGATIVE_INFINITY, -3}),
                                1)
                        .ids())
                .containsExactly(40, 7, 0, 1);
    }

    @Test
    void aRowThatIsNotFiniteIsLeftToTheKernel() {
        float[] row = new float[64];
        Arrays.fill(row, Float.NaN);

        assertThat(new LargestLogits(64, 4, 16, 3).find(FloatBuffer.wrap(row), FloatBuffer.wrap(row, 0, 4), 1))
                .isNull();
    }

    private static float[] gaussian(Random random, int count, float scale) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = scale * (float) random.nextGaussian();
        }
        return values;
    }
}
