package io.logitstream.student.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.libtorch.Precision;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.model.optimizer.AdamW;
import io.logitstream.student.config.LossConfig;
import io.logitstream.student.config.StudentConfig;
import io.logitstream.student.input.TrainingBatch;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;

/** Heads of students with random weights, on positions with random hidden states. */
abstract class HeadFixture {
    static final int HIDDEN = 8;
    static final double SCALE = 0.037;
    /** Of the largest gradient; single-precision sums need most of it. */
    static final double TOLERANCE = 5e-5;
    /** With weights of deviation 0.02 logits between some -5 and 5. */
    static final double NEAR = 40;

    @BeforeAll
    static void twoThreads() {
        Torch.start(2);
    }

    interface Body {
        void run(LanguageModel model, AdamW optimizer, DistillationHead head, NDManager scope);
    }

    static void withHead(int vocabulary, boolean tied, LossConfig loss, Body body) {
        for (Tiling tiling : List.of(Tiling.of(vocabulary), new Tiling(300, vocabulary / 3))) {
            withHead(vocabulary, tied, loss, tiling, body);
        }
    }

    static void withHead(int vocabulary, boolean tied, LossConfig loss, Tiling tiling, Body body) {
        StudentConfig shape = new StudentConfig(HIDDEN, 1, 2, 1, 8, tied, null);
        try (LanguageModel model = LanguageModels.create(shape.model(vocabulary, 16, 0), vocabulary, "cpu");
                AdamW optimizer = new AdamW(model, new AdamW.Settings(0.9, 0.95, 1e-8, 0.1, 1));
                DistillationHead head = new DistillationHead(model, optimizer, loss, Precision.FLOAT32, tiling);
                NDManager scope = model.newScope()) {
            body.run(model, optimizer, head, scope);
        }
    }

    static NDArray hidden(NDManager scope, int positions) {
        return hidden(scope, positions, NEAR);
    }

    static NDArray hidden(NDManager scope, int positions, double deviation) {
        Random random = new Random(positions);
        float[] values = new float[positions * HIDDEN];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (deviation * random.nextGaussian());
        }
        return scope.create(values, new Shape(positions, HIDDEN));
    }

    static NDArray targets(NDManager scope, TrainingBatch batch) {
        return scope.create(
                Arrays.stream(DenseLoss.targets(batch)).asLongStream().toArray(), new Shape(batch.predicted(), 1));
    }

    static void assertClose(float[] actual, double[] expected, double tolerance, String what) {
        double largest = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
        // The gradient may be nothing at all, where a student is far from its teacher. Differences of rounded losses
        // err by 1e-12.
        double allowed = tolerance * largest + 1e-11;
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < actual.length; i++) {
            if (!(Math.abs(actual[i] - expected[i]) <= allowed)) {
                assertThat((double) actual[i]).as(what + " at " + i).isCloseTo(expected[i], within(allowed));
            }
        }
    }

    static double[] doubles(float[] values) {
        double[] result = new double[values.length];
        Arrays.setAll(result, i -> values[i]);
        return result;
    }
}
