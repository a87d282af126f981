package io.logitstream.student;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.model.AdamW;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.Torch;
import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.SparseLogits;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TrainingStepTest {
  static TrainingBatch randomBatch(int rows, int length, int vocabulary, int kept, long seed) {
    Random random = new Random(seed);
    int[] tokens = random.ints((long) rows * length, 0, vocabulary).toArray();
    SparseLogits logits = new SparseLogits();
    int positions = rows * (length - 1);
    logits.resize(positions, positions * kept);
    for (int i = 0; i < positions; i++) {
      logits.offsets()[i] = i * kept;
      int first = random.nextInt(vocabulary - kept);
      for (int j = 0; j < kept; j++) {
        logits.ids()[i * kept + j] = first + j;
        logits.logProbs()[i * kept + j] = -1f - j * 0.3f;
      }
    }
    return new TrainingBatch(new BatchKey("c", 0, 0), 0, 0, rows, length, tokens, logits);
  }

  @Test
  void repeatingABatchLearnsIt() {
    StudentConfig shape = new StudentConfig(32, 2, 4, 2, 64, true, null);
    Torch.recordGradients(true);
    try (LanguageModel model = LanguageModels.create(shape.model(97, 16, 0), 1, "cpu");
        AdamW optimizer = new AdamW(model, new AdamW.Settings(0.9, 0.95, 1e-8, 0.1, 1));
        TrainingStep step = new TrainingStep(model, optimizer, new LossConfig(0.5, 1.0))) {
      TrainingBatch batch = randomBatch(4, 17, 97, 5, 1);

      double first = step.apply(List.of(batch), 1e-2).lm();
      TrainingStep.Result last = null;
      for (int i = 0; i < 200; i++) {
        last = step.apply(List.of(batch), 1e-2);
      }

      assertThat(first).isBetween(4.0, 5.2);
      assertThat(last.lm()).isLessThan(2.5);
    } finally {
      Torch.recordGradients(false);
    }
  }
}
