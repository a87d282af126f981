package io.logitstream.student;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.logitstream.model.Torch;
import io.logitstream.model.TorchScript;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The kernel behind {@link Evaluator}: loss, divergence from the teacher and agreement, in double precision. */
class CompareKernelTest {
  private static final int POSITIONS = 23;
  private static final int VOCABULARY = 61;

  private final NDManager scope = Torch.newScope("cpu");
  private final TorchScript kernels = TorchScript.load(scope, Evaluator.class, "head.py");

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
    for (int n = 0; n < POSITIONS; n++) {
      double[] student = DenseLoss.logSoftmax(hidden, n, weight, 8);
      double[] teacher = DenseLoss.logSoftmax(teacherHidden, n, teacherWeight, 12);
      loss -= student[(int) targets[n]];
      for (int v = 0; v < VOCABULARY; v++) {
        divergence += Math.exp(teacher[v]) * (teacher[v] - student[v]);
      }
      agree += mostLikely(student) == mostLikely(teacher) ? 1 : 0;
    }

    for (long chunk : new long[] {1, 5, POSITIONS, 100}) {
      double[] sums = compare(hidden, weight, 8, teacherHidden, teacherWeight, 12, targets, chunk);

      assertThat(sums[0]).isCloseTo(loss, within(1e-5 * POSITIONS));
      assertThat(sums[1]).isCloseTo(divergence, within(1e-5 * POSITIONS));
      assertThat(sums[2]).isEqualTo(agree);
    }
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

  private double[] compare(float[] hidden, float[] weight, int size, float[] teacherHidden, float[] teacherWeight,
      int teacherSize, long[] targets, long chunk) {
    return kernels.run(scope, "compare",
        scope.create(hidden, new Shape(POSITIONS, size)), scope.create(weight, new Shape(VOCABULARY, size)),
        scope.create(teacherHidden, new Shape(POSITIONS, teacherSize)),
        scope.create(teacherWeight, new Shape(VOCABULARY, teacherSize)),
        scope.create(targets, new Shape(POSITIONS, 1)), chunk).get(0).toDoubleArray();
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
