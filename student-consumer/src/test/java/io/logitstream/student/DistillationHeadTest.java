package io.logitstream.student;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.logitstream.model.AdamW;
import io.logitstream.model.HuggingFaceNames;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.Torch;
import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.LogitstreamException;
import io.logitstream.schemas.SparseLogits;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Loss and gradients against {@link DenseLoss}, which forms every distribution over the whole vocabulary. */
class DistillationHeadTest {
  private static final int HIDDEN = 8;
  private static final double SCALE = 0.037;
  /** Of the largest gradient; single-precision sums over a large vocabulary need most of it. */
  private static final double TOLERANCE = 5e-5;

  @BeforeAll
  static void oneThread() {
    Torch.start(1);
  }

  @Test
  void lossAndGradientsAreThoseOfTheDenseFormula() {
    long seed = 0;
    for (double alpha : new double[] {0, 0.5, 1}) {
      for (double temperature : new double[] {0.5, 1, 2}) {
        for (boolean tied : new boolean[] {true, false}) {
          Random random = new Random(++seed);
          int vocabulary = 11 + random.nextInt(80);
          TrainingBatch batch = SampleBatches.random(1 + random.nextInt(3), 2 + random.nextInt(9), vocabulary,
              1 + random.nextInt(10), seed);

          assertDense(batch, vocabulary, tied, new LossConfig(alpha, temperature));
        }
      }
    }
  }

  @Test
  void positionsThatDoNotFillTheirLastChunkCountOnce() {
    int vocabulary = 40_000;
    TrainingBatch batch = SampleBatches.random(2, 71, vocabulary, 5, 1);
    assertThat(batch.predicted() % DistillationHead.chunkRows(vocabulary)).isNotZero();
    assertThat((long) batch.predicted()).isGreaterThan(2 * DistillationHead.chunkRows(vocabulary));

    assertDense(batch, vocabulary, true, new LossConfig(0.5, 2.0));
  }

  @Test
  void aBatchWithoutATeacherHasTheLossOfTheTextAlone() {
    TrainingBatch batch = SampleBatches.random(2, 9, 50, 5, 1);
    LossConfig textAlone = new LossConfig(0.0, 1.0);

    withHead(50, true, (model, optimizer, head, scope) -> {
      NDArray hidden = hidden(scope, batch.predicted());
      NDArray targets = targets(scope, batch);
      DistillationHead.Sums with = head.apply(hidden, targets, batch, textAlone, SCALE);
      DistillationHead.Sums without = head.apply(hidden, targets, SampleBatches.withoutLogits(batch), textAlone, SCALE);

      assertThat(without.kd()).isZero();
      assertThat(without.lm()).isEqualTo(with.lm());
      assertThat(without.hiddenGradient_ND().toFloatArray()).isEqualTo(with.hiddenGradient_ND().toFloatArray());
    });
  }

  @Test
  void aRectangleOfTargetsThatIsTooLargeIsRefusedBeforeItIsMade() {
    int positions = 30_000;
    int vocabulary = 50_000;
    SparseLogits logits = new SparseLogits();
    logits.resize(positions, positions - 1 + vocabulary);
    for (int i = 1; i < positions; i++) {
      logits.offsets()[i] = vocabulary + i - 1;
    }
    TrainingBatch batch = new TrainingBatch(new BatchKey("wide", 0, 3), 0, 0, 1, positions + 1, new int[0], logits);

    withHead(64, true, (model, optimizer, head, scope) ->
        assertThatThrownBy(() -> head.apply(scope.ones(new Shape(1)), null, batch, new LossConfig(1.0, 1.0), 1))
            .isInstanceOf(LogitstreamException.class)
            .hasMessageContainingAll("wide/00000/0000003", "30000", "50000", "fewer rows"));
  }

  private static void assertDense(TrainingBatch batch, int vocabulary, boolean tied, LossConfig loss) {
    withHead(vocabulary, tied, (model, optimizer, head, scope) -> {
      NDArray hidden_ND = hidden(scope, batch.predicted());
      DenseLoss expected = DenseLoss.of(hidden_ND.toFloatArray(), model.outputWeight().toFloatArray(), HIDDEN, batch,
          loss, SCALE);

      DistillationHead.Sums sums = head.apply(hidden_ND, targets(scope, batch), batch, loss, SCALE);

      String what = "alpha " + loss.alpha() + ", temperature " + loss.temperature() + ", tied " + tied;
      assertThat(sums.lm() / batch.predicted()).as(what).isCloseTo(expected.lm() / batch.predicted(), within(1e-5));
      assertThat(sums.kd() / batch.predicted()).as(what).isCloseTo(expected.kd() / batch.predicted(), within(1e-5));
      assertClose(sums.hiddenGradient_ND().toFloatArray(), expected.hiddenGradient(), what + ", hidden gradient");
      assertClose(optimizer.gradient(HuggingFaceNames.output(model.config())).toFloatArray(),
          expected.weightGradient(), what + ", weight gradient");
    });
  }

  private static void assertClose(float[] actual, double[] expected, String what) {
    double largest = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < actual.length; i++) {
      if (!(Math.abs(actual[i] - expected[i]) <= TOLERANCE * largest)) {
        assertThat((double) actual[i]).as(what + " at " + i).isCloseTo(expected[i], within(TOLERANCE * largest));
      }
    }
  }

  private interface Body {
    void run(LanguageModel model, AdamW optimizer, DistillationHead head, NDManager scope);
  }

  private static void withHead(int vocabulary, boolean tied, Body body) {
    StudentConfig shape = new StudentConfig(HIDDEN, 1, 2, 1, 8, tied, null);
    try (LanguageModel model = LanguageModels.create(shape.model(vocabulary, 16, 0), vocabulary, "cpu");
        AdamW optimizer = new AdamW(model, new AdamW.Settings(0.9, 0.95, 1e-8, 0.1, 1));
        DistillationHead head = new DistillationHead(model, optimizer);
        NDManager scope = model.newScope()) {
      body.run(model, optimizer, head, scope);
    }
  }

  // Large, so that weights of deviation 0.02 give logits between some -5 and 5.
  private static NDArray hidden(NDManager scope, int positions) {
    Random random = new Random(positions);
    float[] values = new float[positions * HIDDEN];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (40 * random.nextGaussian());
    }
    return scope.create(values, new Shape(positions, HIDDEN));
  }

  private static NDArray targets(NDManager scope, TrainingBatch batch) {
    return scope.create(Arrays.stream(DenseLoss.targets(batch)).asLongStream().toArray(),
        new Shape(batch.predicted(), 1));
  }
}
