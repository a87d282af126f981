package io.logitstream.student;

import io.logitstream.schemas.SparseLogits;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;

/**
 * Teacher targets of a batch as rectangular arrays: {@code q = softmax(log p / temperature)} over each position's
 * support (paper, section 2: F(z)). Shorter supports are filled up with id 0 and q 0, which changes nothing.
 */
final class SupportTargets {
  private SupportTargets() {}

  /** Entries of the largest support, at least 1. */
  static int width(SparseLogits logits) {
    int width = 1;
    for (int i = 0; i < logits.positions(); i++) {
      width = Math.max(width, logits.offsets()[i + 1] - logits.offsets()[i]);
    }
    return width;
  }

  /**
   * Writes positions * width entries to each buffer.
   *
   * @param logits decoded logits
   * @param temperature teacher temperature
   * @param width entries per position
   * @param support_NK receives token ids
   * @param q_NK receives probabilities
   * @return sum over positions of the entropy of q, in nats
   */
  static double fill(SparseLogits logits, double temperature, int width, LongBuffer support_NK, FloatBuffer q_NK) {
    int[] ids = logits.ids();
    float[] logProbs = logits.logProbs();
    double entropy = 0;
    for (int i = 0; i < logits.positions(); i++) {
      int begin = logits.offsets()[i];
      int end = logits.offsets()[i + 1];
      double largest = Double.NEGATIVE_INFINITY;
      for (int j = begin; j < end; j++) {
        largest = Math.max(largest, logProbs[j]);
      }
      double sum = 0;
      for (int j = begin; j < end; j++) {
        sum += Math.exp((logProbs[j] - largest) / temperature);
      }
      double logSum = Math.log(sum);
      for (int j = begin; j < end; j++) {
        double logQ = (logProbs[j] - largest) / temperature - logSum;
        double q = Math.exp(logQ);
        entropy -= q > 0 ? q * logQ : 0;
        support_NK.put(ids[j]);
        q_NK.put((float) q);
      }
      for (int j = end - begin; j < width; j++) {
        support_NK.put(0);
        q_NK.put(0);
      }
    }
    return entropy;
  }
}
