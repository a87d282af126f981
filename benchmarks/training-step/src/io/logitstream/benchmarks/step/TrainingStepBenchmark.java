package io.logitstream.benchmarks.step;

import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.libtorch.Precision;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.model.optimizer.AdamW;
import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.student.config.LossConfig;
import io.logitstream.student.config.StudentConfig;
import io.logitstream.student.config.TrainingConfig;
import io.logitstream.student.input.TrainingBatch;
import io.logitstream.student.training.OutlierGuard;
import io.logitstream.student.training.StepEmitter;
import io.logitstream.student.training.TrainingStep;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * Tokens per second of the fastest of some optimizer steps on random batches, its share of the machine's matrix-product limit, and the
 * peak of the resident memory.
 *
 * <pre>TrainingStepBenchmark lm|sparse|recompute [steps] [vocabulary] [context] [rows] [family]</pre>
 *
 * {@code lm} trains on the text alone, {@code sparse} on 50 kept tokens per position, drawn anew for each step as
 * peer_step.py does, {@code recompute} likewise with activations computed again.
 */
final class TrainingStepBenchmark {
  private static final int KEPT = 50;
  private static final int WARMUP = 2;

  private TrainingStepBenchmark() {}

  public static void main(String[] arguments) throws IOException {
    boolean sparse = !arguments[0].equals("lm");
    boolean recompute = arguments[0].equals("recompute");
    int steps = argument(arguments, 1, 10);
    int vocabulary = argument(arguments, 2, 8192);
    int context = argument(arguments, 3, 256);
    int rows = argument(arguments, 4, 8);
    Torch.start(Runtime.getRuntime().availableProcessors());
    Torch.recordGradients(true);
    String family = arguments.length > 5 ? arguments[5] : "llama";
    StudentConfig shape = new StudentConfig(256, 6, 4, 4, 704, true, null).withFamily(family);
    double seconds;
    try (LanguageModel model = LanguageModels.create(shape.model(vocabulary, context, 0), 1, "cpu");
        AdamW optimizer = new AdamW(model, TrainingConfig.defaults().optimizer());
        TrainingStep step = new TrainingStep(model, optimizer, LossConfig.defaults(),
            OutlierGuard.off(), recompute, Precision.FLOAT32, StepEmitter.none())) {
      Random random = new Random(1);
      seconds = Double.POSITIVE_INFINITY;
      for (int i = 0; i < WARMUP + steps; i++) {
        long start = System.nanoTime();
        step.apply(List.of(batch(random, rows, context, vocabulary, sparse)), sparse ? 0.9 : 0, 3e-4);
        seconds = i < WARMUP ? seconds : Math.min(seconds, (System.nanoTime() - start) / 1e9);
      }
    }
    double peak = peakGigabytes();
    double limit = ProductLimit.seconds(shape.model(vocabulary, context, 0), rows * context);
    System.out.printf(Locale.ROOT, "logitstream %s %s V=%d T=%d B=%d: %.0f tok/s, %.1f %% of the matrix-product limit of %.0f"
        + " tok/s, peak RSS %.2f GB%n", arguments[0], family, vocabulary, context, rows, rows * context / seconds,
        100 * limit / seconds, rows * context / limit, peak);
  }

  private static int argument(String[] arguments, int index, int otherwise) {
    return arguments.length > index ? Integer.parseInt(arguments[index]) : otherwise;
  }

  static TrainingBatch batch(Random random, int rows, int context, int vocabulary, boolean sparse) {
    int[] tokens = random.ints((long) rows * (context + 1), 0, vocabulary).toArray();
    SparseLogits logits = null;
    if (sparse) {
      int positions = rows * context;
      logits = new SparseLogits();
      logits.resize(positions, positions * KEPT);
      for (int i = 0; i < positions; i++) {
        logits.offsets()[i + 1] = (i + 1) * KEPT;
        for (int j = 0; j < KEPT; j++) {
          logits.ids()[i * KEPT + j] = random.nextInt(vocabulary);
          logits.logProbs()[i * KEPT + j] = (float) random.nextGaussian() - 5;
        }
      }
    }
    return new TrainingBatch(new BatchKey("random", 0, 0), 0, 0, rows, context + 1, tokens, logits);
  }

  private static double peakGigabytes() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream().filter(line -> line.startsWith("VmHWM"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", ""))).sum() / 1e6;
  }
}
