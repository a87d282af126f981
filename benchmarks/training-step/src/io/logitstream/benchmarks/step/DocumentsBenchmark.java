package io.logitstream.benchmarks.step;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.libtorch.Precision;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.model.optimizer.AdamW;
import io.logitstream.student.config.LossConfig;
import io.logitstream.student.config.StudentConfig;
import io.logitstream.student.config.TrainingConfig;
import io.logitstream.student.input.TrainingBatch;
import io.logitstream.student.training.TrainingStep;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * Time of rows of isolated documents over that of the same rows joined, for the forward pass of a teacher, output head
 * included, and for a training step. Both alternate in one process; each ratio is the median over the rounds.
 *
 * <pre>DocumentsBenchmark [rounds] [threads]</pre>
 */
final class DocumentsBenchmark {
  private static final int VOCABULARY = 4096;
  private static final int END = 0;
  /** Shortest and longest documents; their lengths are even on a logarithmic scale. */
  private static final int[][] LENGTHS = {{20, 60}, {20, 2000}, {200, 2000}};
  /** Context and rows. */
  private static final int[][] SHAPES = {{128, 16}, {512, 4}, {2048, 1}, {32768, 1}};

  private DocumentsBenchmark() {}

  public static void main(String[] arguments) {
    int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 9;
    Torch.start(arguments.length > 1 ? Integer.parseInt(arguments[1]) : Runtime.getRuntime().availableProcessors());
    for (int[] shape : SHAPES) {
      StudentConfig student = shape[0] > 10_000
          ? new StudentConfig(32, 1, 4, 4, 64, true, null)
          : new StudentConfig(128, 3, 4, 4, 352, true, null);
      try (LanguageModel model = LanguageModels.create(student.model(VOCABULARY, shape[0], END), 1, "cpu");
          AdamW optimizer = new AdamW(model, TrainingConfig.defaults().optimizer());
          TrainingStep step = new TrainingStep(model, optimizer, LossConfig.defaults())) {
        for (int[] lengths : LENGTHS) {
          int[] tokens = tokens(new Random(1), shape[1], shape[0] + 1, lengths);
          TrainingBatch random = TrainingStepBenchmark.batch(new Random(2), shape[1], shape[0], VOCABULARY, true);
          TrainingBatch joined = batch(random, tokens, null);
          TrainingBatch isolated = batch(random, tokens, END);
          // The longest rows take minutes joined; three rounds show their ratio.
          int taken = shape[0] > 10_000 ? Math.min(3, rounds) : rounds;
          report("forward", shape, lengths, taken, () -> forward(model, joined), () -> forward(model, isolated));
          Torch.recordGradients(true);
          report("step", shape, lengths, taken, () -> step.apply(List.of(joined), 0.9, 1e-4),
              () -> step.apply(List.of(isolated), 0.9, 1e-4));
          Torch.recordGradients(false);
        }
      }
    }
  }

  private static void report(String what, int[] shape, int[] lengths, int rounds, Runnable joined, Runnable isolated) {
    joined.run();
    isolated.run();
    double[] ratios = new double[rounds];
    double best = Double.POSITIVE_INFINITY;
    for (int round = 0; round < rounds; round++) {
      double first = seconds(round % 2 == 0 ? joined : isolated);
      double second = seconds(round % 2 == 0 ? isolated : joined);
      double ofJoined = round % 2 == 0 ? first : second;
      ratios[round] = (first + second - ofJoined) / ofJoined;
      best = Math.min(best, ofJoined);
    }
    Arrays.sort(ratios);
    System.out.printf(Locale.ROOT, "%s T=%d B=%d documents of %d to %d: isolated / joined %.3f (median of %d rounds, %.3f to"
        + " %.3f), joined %.1f ms%n", what, shape[0], shape[1], lengths[0], lengths[1], ratios[rounds / 2], rounds, ratios[0],
        ratios[rounds - 1], best * 1e3);
  }

  private static double seconds(Runnable run) {
    long start = System.nanoTime();
    run.run();
    return (System.nanoTime() - start) / 1e9;
  }

  private static void forward(LanguageModel model, TrainingBatch batch) {
    try (NDManager scope = model.newScope()) {
      NDArray tokens_BU = scope.create(batch.tokens(), new Shape(batch.rows(), batch.length()));
      NDArray ids_BT = tokens_BU.get(":, :-1").toType(DataType.INT64, true);
      model.logitsOf(model.outputs(ids_BT, batch.documents(), VOCABULARY, Precision.FLOAT32).values_N());
    }
  }

  private static TrainingBatch batch(TrainingBatch random, int[] tokens, Integer documentEnd) {
    return new TrainingBatch(random.key(), 0, 0, random.rows(), random.length(), tokens, documentEnd, random.logits());
  }

  private static int[] tokens(Random random, int rows, int length, int[] lengths) {
    int[] tokens = random.ints((long) rows * length, 1, VOCABULARY).toArray();
    double ratio = Math.log((double) lengths[1] / lengths[0]);
    int at = -1;
    while (true) {
      at += (int) (lengths[0] * Math.exp(ratio * random.nextDouble()));
      if (at >= tokens.length) {
        return tokens;
      }
      tokens[at] = END;
    }
  }
}
