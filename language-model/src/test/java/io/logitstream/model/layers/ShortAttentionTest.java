package io.logitstream.model.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.logitstream.model.documents.DocumentLengths;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.model.libtorch.TorchScript;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Attention of short contexts against the formula in double precision, and its gradients against the chain rule. */
class ShortAttentionTest {
    private static final int ROWS = 2;
    private static final int SIZE = 8;

    private final NDManager scope = Torch.newScope("cpu");
    private final TorchScript kernels =
            TorchScript.load(scope, DecoderLayer.class, "decoder.py", "attention.py", "documents.py");
    private final CausalAttention attention = new CausalAttention(kernels, null, null);
    private final Random random = new Random(1);

    @BeforeEach
    void computeByOneThread() {
        Torch.start(1);
    }

    @Test
    void severalThreadsTakeTheFusedKernel() {
        Torch.start(2);
        NDList inputs = new NDList(numbers(20, 4, SIZE), numbers(20, 2, SIZE), numbers(20, 2, SIZE));

        assertThat(attention.record(scope, inputs, null)).isNotInstanceOf(ShortAttention.class);
    }

    @AfterEach
    void closeScope() {
        kernels.close();
        scope.close();
    }

    // Contexts of one block and of several, whole and not; heads with keys of their own and shared ones.
    @ParameterizedTest
    @CsvSource({"1,2,2", "7,4,2", "63,2,1", "64,4,2", "65,4,4", "150,4,1", "256,4,2", "512,2,1", "513,2,1"})
    void valuesAndGradientsAreThoseOfTheFormula(int positions, int heads, int groups) {
        check(positions, heads, groups, DocumentLengths.joined(ROWS, positions));
    }

    // Documents within a block and over several, of one position and at the end of a row, in one row and in both.
    @ParameterizedTest
    @CsvSource({"20,2,'3,4'", "150,2,'0,63,64,130,148'", "150,4,'70,200,260'", "512,1,'5,300,511,600'", "600,2,'9,700'"
    })
    void documentsSeeThemselvesAlone(int positions, int groups, String ends) {
        int[] tokens = new int[ROWS * (positions + 1)];
        for (String end : ends.split(",")) {
            tokens[Integer.parseInt(end)] = 1;
        }
        check(positions, 4, groups, DocumentLengths.of(tokens, ROWS, 1));
    }

    private void check(int positions, int heads, int groups, DocumentLengths lengths) {
        DocumentGroups documents = lengths.isSplit() ? new DocumentGroups(scope, lengths) : null;
        NDList inputs = new NDList(
                numbers(positions, heads, SIZE), numbers(positions, groups, SIZE), numbers(positions, groups, SIZE));
        NDArray gradient_BTD = numbers(positions, (long) heads * SIZE);
        Formula formula = new Formula(inputs, gradient_BTD, lengths, heads, groups);
        assertClose(attention.infer(inputs, documents), formula.mixed);

        CausalAttention.Recorded recorded = attention.record(scope, inputs, documents);
        assertThat(recorded instanceof ShortAttention).isEqualTo(positions <= 512);
        assertThat(recorded.mixed_BTD().getShape()).isEqualTo(new Shape(ROWS, positions, (long) heads * SIZE));
        assertClose(recorded.mixed_BTD(), formula.mixed);
        NDList gradients = recorded.backward(gradient_BTD);

        assertThat(gradients.get(0).getShape()).isEqualTo(new Shape(ROWS, positions, heads, SIZE));
        assertThat(gradients.get(1).getShape()).isEqualTo(new Shape(ROWS, positions, groups, SIZE));
        assertClose(gradients.get(0), formula.queryGradient);
        assertClose(gradients.get(1), formula.keyGradient);
        assertClose(gradients.get(2), formula.valueGradient);
    }

    @Test
    void aPassThatRecordsNothingHasTheSameValuesBitForBit() {
        checkSameValues(null);
    }

    @Test
    void aPassOverIsolatedDocumentsThatRecordsNothingHasTheSameValuesBitForBit() {
        int[] tokens = new int[ROWS * 201];
        for (int end : new int[] {2, 63, 64, 150, 330}) {
            tokens[end] = 1;
        }
        DocumentLengths lengths = DocumentLengths.of(tokens, ROWS, 1);
        assertThat(lengths.all()).hasSizeGreaterThan(ROWS);

        checkSameValues(lengths);
    }

    // Training keeps the probabilities of all blocks, inference those of one. Each makes its own mask of the documents.
    private void checkSameValues(DocumentLengths isolated) {
        NDList inputs = new NDList(numbers(200, 4, SIZE), numbers(200, 2, SIZE), numbers(200, 2, SIZE));
        float[] plain = attention.infer(inputs, documents(isolated)).toFloatArray();

        CausalAttention.Recorded recorded = attention.record(scope, inputs, documents(isolated));

        assertThat(recorded).isInstanceOf(ShortAttention.class);
        assertThat(recorded.mixed_BTD().toFloatArray()).isEqualTo(plain);
    }

    private DocumentGroups documents(DocumentLengths isolated) {
        return isolated == null ? null : new DocumentGroups(scope, isolated);
    }

    @Test
    void aWindowShorterThanTheContextIsKept() {
        CausalAttention sliding = new CausalAttention(kernels, scope.create(new Shape(5, 0)), null);
        NDList inputs = new NDList(numbers(20, 4, SIZE), numbers(20, 2, SIZE), numbers(20, 2, SIZE));
        float[] expected =
                sliding.of(inputs.get(0), inputs.get(1), inputs.get(2), null).toFloatArray();

        assertThat(sliding.infer(inputs, null).toFloatArray()).isEqualTo(expected);
        assertThat(sliding.record(scope, inputs, null)).isNotInstanceOf(ShortAttention.class);
    }

    private NDArray numbers(long... shape) {
        Shape whole = new Shape(ROWS).addAll(new Shape(shape));
        float[] values = new float[(int) whole.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        // A copy, as results of kernels are: libtorch does not keep a tensor's memory that belongs to the JVM.
        try (NDArray ofJava = scope.create(values, whole)) {
            return ofJava.duplicate();
        }
    }

    private static void assertClose(NDArray actual, double[] expected) {
        float[] values = actual.toFloatArray();
        assertThat(values).hasSameSizeAs(expected);
        for (int i = 0; i < values.length; i++) {
            assertThat((double) values[i]).isCloseTo(expected[i], within(2e-5));
        }
    }

    /** Vaswani et al. 2017, equation 1, over the document's positions up to the query's own, one query at a time. */
    private static final class Formula {
        private final float[] q;
        private final float[] k;
        private final float[] v;
        private final float[] gradient;
        private final int heads;
        private final int groups;
        private final double[] mixed;
        private final double[] queryGradient;
        private final double[] keyGradient;
        private final double[] valueGradient;

        Formula(NDList inputs, NDArray gradient_BTD, DocumentLengths lengths, int heads, int groups) {
            q = inputs.get(0).toFloatArray();
            k = inputs.get(1).toFloatArray();
            v = inputs.get(2).toFloatArray();
            gradient = gradient_BTD.toFloatArray();
            this.heads = heads;
            this.groups = groups;
            mixed = new double[q.length];
            queryGradient = new double[q.length];
            keyGradient = new double[k.length];
            valueGradient = new double[v.length];
            int first = 0;
            for (int length : lengths.all()) {
                for (int t = 0; t < length; t++) {
                    for (int head = 0; head < heads; head++) {
                        query(first, t, head);
                    }
                }
                first += length;
            }
        }

        private void query(int first, int t, int head) {
            int at = ((first + t) * heads + head) * SIZE;
            int[] keys = new int[t + 1];
            double[] p = new double[t + 1];
            double sum = 0;
            for (int s = 0; s <= t; s++) {
                keys[s] = ((first + s) * groups + head / (heads / groups)) * SIZE;
                p[s] = Math.exp(dot(q, at, k, keys[s]) / Math.sqrt(SIZE));
                sum += p[s];
            }
            double mean = 0;
            for (int s = 0; s <= t; s++) {
                p[s] /= sum;
                mean += p[s] * dot(gradient, at, v, keys[s]);
            }
            for (int s = 0; s <= t; s++) {
                double score = p[s] * (dot(gradient, at, v, keys[s]) - mean) / Math.sqrt(SIZE);
                for (int i = 0; i < SIZE; i++) {
                    mixed[at + i] += p[s] * v[keys[s] + i];
                    valueGradient[keys[s] + i] += p[s] * gradient[at + i];
                    queryGradient[at + i] += score * k[keys[s] + i];
                    keyGradient[keys[s] + i] += score * q[at + i];
                }
            }
        }

        private static double dot(float[] a, int begin, float[] b, int other) {
            double sum = 0;
            for (int i = 0; i < SIZE; i++) {
                sum += (double) a[begin + i] * b[other + i];
            }
            return sum;
        }
    }
}
