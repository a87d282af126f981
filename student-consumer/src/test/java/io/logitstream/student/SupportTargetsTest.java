package io.logitstream.student;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.logitstream.schemas.SparseLogits;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import org.junit.jupiter.api.Test;

class SupportTargetsTest {
  @Test
  void everyPositionSumsToOneAndItsEntropyIsCounted() {
    for (int seed = 0; seed < 50; seed++) {
      SparseLogits logits = SampleBatches.random(2, 6, 200, 40, seed).logits();
      double temperature = new double[] {1e-3, 0.5, 1, 2, 1000}[seed % 5];
      int width = SupportTargets.width(logits);
      LongBuffer ids = LongBuffer.allocate(logits.positions() * width);
      FloatBuffer q = FloatBuffer.allocate(ids.capacity());

      double entropy = SupportTargets.fill(logits, temperature, width, ids, q);

      assertThat(ids.hasRemaining()).isFalse();
      double expected = 0;
      for (int i = 0; i < logits.positions(); i++) {
        double sum = 0;
        for (int j = 0; j < width; j++) {
          float value = q.get(i * width + j);
          sum += value;
          expected -= value > 0 ? value * Math.log(value) : 0;
          int entry = logits.offsets()[i] + j;
          boolean kept = entry < logits.offsets()[i + 1];
          assertThat(ids.get(i * width + j)).isEqualTo(kept ? logits.ids()[entry] : 0);
          assertThat(value).isBetween(0f, kept ? 1f : 0f);
        }
        assertThat(sum).isCloseTo(1, within(1e-5));
      }
      assertThat(entropy).isCloseTo(expected, within(1e-4)).isFinite();
    }
  }

  @Test
  void temperatureDividesTheLogProbabilities() {
    SparseLogits logits = new SparseLogits();
    logits.resize(1, 2);
    logits.logProbs()[0] = (float) Math.log(0.8);
    logits.logProbs()[1] = (float) Math.log(0.2);
    FloatBuffer q = FloatBuffer.allocate(2);

    SupportTargets.fill(logits, 2, 2, LongBuffer.allocate(2), q);

    // sqrt(0.8) : sqrt(0.2) is 2 : 1.
    assertThat(q.get(0)).isCloseTo(2 / 3f, within(1e-6f));
    assertThat(q.get(1)).isCloseTo(1 / 3f, within(1e-6f));
  }

  @Test
  void theWidthIsThatOfTheLargestSupportAndNeverZero() {
    SparseLogits logits = new SparseLogits();
    logits.resize(3, 6);
    logits.offsets()[1] = 1;
    logits.offsets()[2] = 5;

    assertThat(SupportTargets.width(logits)).isEqualTo(4);

    logits.resize(0, 0);
    assertThat(SupportTargets.width(logits)).isEqualTo(1);
  }

  @Test
  void vanishingTemperatureLeavesTheMostLikelyTokenAlone() {
    SparseLogits logits = new SparseLogits();
    logits.resize(1, 2);
    logits.logProbs()[1] = -3e38f;
    FloatBuffer q = FloatBuffer.allocate(2);

    double entropy = SupportTargets.fill(logits, Double.MIN_NORMAL, 2, LongBuffer.allocate(2), q);

    assertThat(q.array()).containsExactly(1, 0);
    assertThat(entropy).isZero();
  }
}
