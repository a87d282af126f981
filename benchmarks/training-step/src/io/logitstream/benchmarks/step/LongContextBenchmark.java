package io.logitstream.benchmarks.step;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.logitstream.model.CausalModel;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.libtorch.Precision;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.model.optimizer.AdamW;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.student.config.LossConfig;
import io.logitstream.student.config.StudentConfig;
import io.logitstream.student.config.TrainingConfig;
import io.logitstream.student.training.OutlierGuard;
import io.logitstream.student.training.StepEmitter;
import io.logitstream.student.training.TrainingStep;
import io.logitstream.teacher.config.SelectionConfig;
import io.logitstream.teacher.selection.LogitsSelector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * Peak memory of a pass over one row of a long context, with a small model (hidden size 64, 2 layers, 4 heads,
 * vocabulary 4,096).
 *
 * <pre>LongContextBenchmark train|recompute|teach [context]</pre>
 *
 * {@code train} takes two distillation steps, {@code recompute} likewise with activations computed again, {@code teach}
 * two forward passes with the selection of top-0.95-50.
 */
final class LongContextBenchmark {
  private static final int VOCABULARY = 4096;

  private LongContextBenchmark() {}

  public static void main(String[] arguments) throws IOException {
    int context = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 8192;
    Torch.start(Runtime.getRuntime().availableProcessors());
    StudentConfig shape = new StudentConfig(64, 2, 4, 2, 176, true, null);
    try (LanguageModel model = LanguageModels.create(shape.model(VOCABULARY, context, 0), 1, "cpu")) {
      Runnable pass = arguments[0].equals("teach") ? teaching(model, context)
          : training(model, context, arguments[0].equals("recompute"));
      double before = gigabytes("VmRSS");
      pass.run();
      long start = System.nanoTime();
      pass.run();
      System.out.printf(Locale.ROOT, "%s T=%d: %.1f s, peak RSS %.2f GB, %.2f GB before%n", arguments[0], context,
          (System.nanoTime() - start) / 1e9, gigabytes("VmHWM"), before);
    }
  }

  private static Runnable training(LanguageModel model, int context, boolean recompute) {
    Torch.recordGradients(true);
    AdamW optimizer = new AdamW(model, TrainingConfig.defaults().optimizer());
    TrainingStep step = new TrainingStep(model, optimizer, LossConfig.defaults(), OutlierGuard.off(), recompute,
        Precision.FLOAT32, StepEmitter.none());
    Random random = new Random(1);
    return () -> step.apply(List.of(TrainingStepBenchmark.batch(random, 1, context, VOCABULARY, true)), 0.9, 1e-3);
  }

  private static Runnable teaching(LanguageModel model, int context) {
    LogitsSelector selector = new LogitsSelector(model.newScope(), new SelectionConfig(0.95, 50), 1);
    SparseLogits into = new SparseLogits();
    return () -> {
      try (NDManager scope = model.newScope()) {
        NDArray ids_BT = scope.create(new Random(1).ints(context, 0, VOCABULARY).asLongStream().toArray(),
            new Shape(1, context));
        CausalModel.Outputs outputs = model.outputs(ids_BT, VOCABULARY, Precision.FLOAT32);
        selector.gather(selector.parts(outputs.values_N(), outputs.weight_VD(), VOCABULARY, 0, 0), context, into);
      }
    };
  }

  private static double gigabytes(String key) throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream().filter(line -> line.startsWith(key))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", ""))).sum() / 1e6;
  }
}
