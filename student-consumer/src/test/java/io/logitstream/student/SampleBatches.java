package io.logitstream.student;

import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.SparseLogits;
import java.util.Arrays;
import java.util.Random;

/** Training batches for the tests. */
final class SampleBatches {
  private SampleBatches() {}

  /** Random tokens with supports of 1 to {@code widest} random ids, whose log-probabilities fall. */
  static TrainingBatch random(int rows, int length, int vocabulary, int widest, long seed) {
    Random random = new Random(seed);
    int[] tokens = random.ints((long) rows * length, 0, vocabulary).toArray();
    int positions = rows * (length - 1);
    int[] counts = random.ints(positions, 1, widest + 1).toArray();
    SparseLogits logits = new SparseLogits();
    logits.resize(positions, Arrays.stream(counts).sum());
    int entry = 0;
    for (int i = 0; i < positions; i++) {
      float logProb = 0;
      for (int id : random.ints(0, vocabulary).distinct().limit(counts[i]).toArray()) {
        logProb -= 0.05f + 2 * random.nextFloat();
        logits.ids()[entry] = id;
        logits.logProbs()[entry++] = logProb;
      }
      logits.offsets()[i + 1] = entry;
    }
    return new TrainingBatch(new BatchKey("c", 0, (int) seed), 0, seed, rows, length, tokens, logits);
  }

  /** The same without a teacher, as from a tokens topic. */
  static TrainingBatch withoutLogits(TrainingBatch batch) {
    return new TrainingBatch(batch.key(), batch.partition(), batch.offset(), batch.rows(), batch.length(),
        batch.tokens(), null);
  }

  /** The rows of two batches of the same length in one. */
  static TrainingBatch together(TrainingBatch first, TrainingBatch second) {
    int[] tokens = Arrays.copyOf(first.tokens(), first.tokens().length + second.tokens().length);
    System.arraycopy(second.tokens(), 0, tokens, first.tokens().length, second.tokens().length);
    SparseLogits logits = new SparseLogits();
    int entries = first.logits().total();
    int positions = first.predicted();
    logits.resize(positions + second.predicted(), entries + second.logits().total());
    System.arraycopy(first.logits().offsets(), 0, logits.offsets(), 0, positions);
    for (int i = 0; i < second.predicted(); i++) {
      logits.offsets()[positions + i] = entries + second.logits().offsets()[i];
    }
    System.arraycopy(first.logits().ids(), 0, logits.ids(), 0, entries);
    System.arraycopy(first.logits().logProbs(), 0, logits.logProbs(), 0, entries);
    System.arraycopy(second.logits().ids(), 0, logits.ids(), entries, second.logits().total());
    System.arraycopy(second.logits().logProbs(), 0, logits.logProbs(), entries, second.logits().total());
    return new TrainingBatch(first.key(), 0, 0, first.rows() + second.rows(), first.length(), tokens, logits);
  }
}
