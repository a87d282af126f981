package io.logitstream.benchmarks.step;

import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.model.optimizer.AdamW;
import io.logitstream.student.config.LossConfig;
import io.logitstream.student.config.StudentConfig;
import io.logitstream.student.config.TrainingConfig;
import io.logitstream.student.training.TrainingStep;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * Resident memory over many steps of a small student.
 *
 * <pre>MemoryBenchmark [steps]</pre>
 */
final class MemoryBenchmark {
  private MemoryBenchmark() {}

  public static void main(String[] arguments) throws IOException {
    int steps = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 10_000;
    Torch.start(1);
    Torch.recordGradients(true);
    StudentConfig shape = new StudentConfig(64, 2, 4, 2, 128, true, null);
    try (LanguageModel model = LanguageModels.create(shape.model(1000, 64, 0), 1, "cpu");
        AdamW optimizer = new AdamW(model, TrainingConfig.defaults().optimizer());
        TrainingStep step = new TrainingStep(model, optimizer, LossConfig.defaults())) {
      Random random = new Random(1);
      for (int i = 1; i <= steps; i++) {
        step.apply(List.of(TrainingStepBenchmark.batch(random, 2, 64, 1000, true)), 0.9, 1e-3);
        if (i % (steps / 10) == 0) {
          System.out.printf(Locale.ROOT, "step %d: RSS %.3f GB%n", i, resident());
        }
      }
    }
  }

  private static double resident() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream().filter(line -> line.startsWith("VmRSS"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", ""))).sum() / 1e6;
  }
}
