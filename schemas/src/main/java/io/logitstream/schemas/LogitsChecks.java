package io.logitstream.schemas;

import java.util.Arrays;

/** What every codec's content must satisfy, checked before it is written and after it is read. */
final class LogitsChecks {

  /**
   * Rounding of a float32 log-softmax may lift a log-probability this far above 0, and an entropy as far
   * below.
   */
  private static final float ROUNDING = 1e-4f;
  /** Up to this support size comparing all pairs is faster than sorting, and allocates nothing. */
  private static final int PAIRWISE_LIMIT = 64;

  private LogitsChecks() {
  }

  /**
   * Checks all values; the offsets must lie within the arrays, which decoders check while they read them.
   *
   * @throws CorruptPayloadException naming the first position that cannot be
   */
  static void require(SparseLogits logits, int vocabularySize) {
    int[] offsets = logits.offsets();
    for (int i = 0; i < logits.positions(); i++) {
      requireSupport(logits, i, offsets[i], offsets[i + 1], vocabularySize);
      requireStatistics(logits, i);
    }
  }

  private static void requireSupport(
      SparseLogits logits, int position, int from, int to, int vocabularySize) {
    if (from < 0 || to <= from || to > logits.total()) {
      throw new CorruptPayloadException(position, "its support runs from entry " + from + " to " + to);
    }
    int[] ids = logits.ids();
    float[] logProbs = logits.logProbs();
    float previous = ROUNDING;
    for (int e = from; e < to; e++) {
      if (ids[e] < 0 || ids[e] >= vocabularySize) {
        throw new CorruptPayloadException(position,
            "token id " + ids[e] + " is outside the vocabulary of " + vocabularySize);
      }
      if (!Float.isFinite(logProbs[e]) || logProbs[e] > previous) {
        throw new CorruptPayloadException(position, "log-probability " + logProbs[e]
            + (e == from ? " is not a finite number up to 0" : " does not fall from " + previous));
      }
      previous = logProbs[e];
    }
    if (logits.draws() > 0) {
      requireCounts(logits, position, from, to);
    }
    if (hasDuplicate(ids, from, to)) {
      throw new CorruptPayloadException(position, "a token id is in its support twice");
    }
  }

  private static void requireCounts(SparseLogits logits, int position, int from, int to) {
    long sum = 0;
    for (int e = from; e < to; e++) {
      if (logits.counts()[e] < 1) {
        throw new CorruptPayloadException(position, "an id with count " + logits.counts()[e]);
      }
      sum += logits.counts()[e];
    }
    if (sum != logits.draws()) {
      throw new CorruptPayloadException(position,
          "its counts add up to " + sum + ", but " + logits.draws() + " ids were drawn");
    }
  }

  private static void requireStatistics(SparseLogits logits, int position) {
    float tailMass = logits.tailMass()[position];
    // Written so that NaN fails.
    if (!(tailMass >= 0 && tailMass <= 1)) {
      throw new CorruptPayloadException(position, "tail mass " + tailMass + " is outside [0, 1]");
    }
    float logSumExp = logits.logSumExp()[position];
    if (!Float.isFinite(logSumExp)) {
      throw new CorruptPayloadException(position, "log-sum-exp " + logSumExp + " is not finite");
    }
    float standardDeviation = logits.standardDeviation()[position];
    if (!Float.isFinite(standardDeviation) || standardDeviation < 0) {
      throw new CorruptPayloadException(position,
          "standard deviation " + standardDeviation + " is not a finite number from 0");
    }
    float entropy = logits.entropy()[position];
    if (!Float.isFinite(entropy) || entropy < -ROUNDING) {
      throw new CorruptPayloadException(position, "entropy " + entropy + " is not a finite number from 0");
    }
  }

  private static boolean hasDuplicate(int[] ids, int from, int to) {
    if (to - from <= PAIRWISE_LIMIT) {
      for (int a = from + 1; a < to; a++) {
        for (int b = from; b < a; b++) {
          if (ids[a] == ids[b]) {
            return true;
          }
        }
      }
      return false;
    }
    int[] sorted = Arrays.copyOfRange(ids, from, to);
    Arrays.sort(sorted);
    for (int i = 1; i < sorted.length; i++) {
      if (sorted[i] == sorted[i - 1]) {
        return true;
      }
    }
    return false;
  }
}
