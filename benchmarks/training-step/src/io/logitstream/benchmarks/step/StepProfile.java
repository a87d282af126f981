package io.logitstream.benchmarks.step;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.model.optimizer.AdamW;
import io.logitstream.student.config.LossConfig;
import io.logitstream.student.config.StudentConfig;
import io.logitstream.student.config.TrainingConfig;
import io.logitstream.student.input.TrainingBatch;
import io.logitstream.student.training.TrainingStep;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * Where the time of the sparse step goes, by libtorch's own profiler on one thread: calls and time of each kind of
 * operation, without what an operation calls itself. The rest is outside of operations: Java, JNI and the interpreter.
 * Prints the share of the matrix-product limit as well, and the pages that the kernel maps in a step.
 *
 * <pre>StepProfile [steps] [laptop]</pre>
 *
 * With {@code laptop} for the default student at the shipped teacher's vocabulary, otherwise for the benchmark's student.
 */
final class StepProfile {
  private static final int ROWS = 8;
  private static final int CONTEXT = 256;
  private static final int WARMUP = 2;

  private record Event(String name, String thread, double begin, double end) {}

  private static final class Share {
    private int calls;
    private double micros;
  }

  private StepProfile() {}

  public static void main(String[] arguments) throws IOException {
    int steps = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 5;
    boolean laptop = arguments.length > 1 && arguments[1].equals("laptop");
    int vocabulary = laptop ? 4096 : 8192;
    Torch.start(1);
    Torch.recordGradients(true);
    StudentConfig shape = laptop ? new StudentConfig(128, 3, 4, 2, 352, true, null)
        : new StudentConfig(256, 6, 4, 4, 704, true, null);
    Path trace = Files.createTempFile("step", ".json");
    double[] whole = new double[1];
    ProcessCounts before;
    ProcessCounts counts;
    try (LanguageModel model = LanguageModels.create(shape.model(vocabulary, CONTEXT, 0), 1, "cpu");
        AdamW optimizer = new AdamW(model, TrainingConfig.defaults().optimizer());
        TrainingStep step = new TrainingStep(model, optimizer, LossConfig.defaults())) {
      Random random = new Random(1);
      List<TrainingBatch> batch =
          List.of(TrainingStepBenchmark.batch(random, ROWS, CONTEXT, vocabulary, true));
      for (int i = 0; i < WARMUP; i++) {
        step.apply(batch, 0.9, 3e-4);
      }
      before = ProcessCounts.now();
      for (int i = 0; i < steps; i++) {
        step.apply(batch, 0.9, 3e-4);
      }
      counts = ProcessCounts.now().since(before);
      Torch.profile(trace, () -> {
        long begin = System.nanoTime();
        for (int i = 0; i < steps; i++) {
          step.apply(batch, 0.9, 3e-4);
        }
        whole[0] = (System.nanoTime() - begin) / 1e3;
      });
    }
    print(shares(trace), whole[0], steps, vocabulary);
    double limit = ProductLimit.seconds(shape.model(vocabulary, CONTEXT, 0), ROWS * CONTEXT);
    System.out.printf(Locale.ROOT, "matrix-product limit: %.0f ms, %.1f %% of the step%n", 1e3 * limit,
        1e8 * limit * steps / whole[0]);
    System.out.printf(Locale.ROOT, "without the profiler, per step: %.0f ms of processor time, of which the kernel %.0f ms;"
        + " %d minor page faults%n", 1e3 * counts.processorSeconds() / steps, 1e3 * counts.kernelSeconds() / steps,
        counts.minorFaults() / steps);
    Files.delete(trace);
  }

  private static Map<String, Share> shares(Path trace) throws IOException {
    Map<String, List<Event>> threads = new TreeMap<>();
    for (JsonNode event : new ObjectMapper().readTree(trace.toFile())) {
      double begin = event.get("ts").asDouble();
      String thread = event.get("tid").asText();
      threads.computeIfAbsent(thread, any -> new ArrayList<>())
          .add(new Event(event.get("name").asText(), thread, begin, begin + event.get("dur").asDouble()));
    }
    Map<String, Share> shares = new TreeMap<>();
    threads.values().forEach(events -> add(events, shares));
    return shares;
  }

  private static void add(List<Event> events, Map<String, Share> shares) {
    events.sort(Comparator.comparingDouble(Event::begin).thenComparing(Event::end, Comparator.reverseOrder()));
    Deque<Event> open = new ArrayDeque<>();
    for (Event event : events) {
      while (!open.isEmpty() && event.begin() >= open.peek().end()) {
        open.pop();
      }
      double micros = event.end() - event.begin();
      if (!open.isEmpty()) {
        shares.get(kind(open.peek().name())).micros -= micros;
      }
      Share share = shares.computeIfAbsent(kind(event.name()), any -> new Share());
      share.calls += event.name().startsWith("aten::") ? 1 : 0;
      share.micros += micros;
      open.push(event);
    }
  }

  private static String kind(String name) {
    if (!name.startsWith("aten::")) {
      return "interpreter and autograd";
    }
    return switch (name.substring("aten::".length())) {
      case "mm", "addmm", "addmm_", "mv", "addmv_", "bmm", "linear", "matmul" -> "matrix products";
      case "_scaled_dot_product_flash_attention_for_cpu", "_scaled_dot_product_flash_attention_for_cpu_backward",
          "scaled_dot_product_attention" -> "attention";
      case "_fused_adamw_", "item", "_local_scalar_dense" -> "AdamW";
      case "_foreach_norm", "_foreach_zero_", "linalg_vector_norm" -> "norms of gradients and hidden states";
      case "exp2_", "exp2", "exp", "log", "log2", "silu", "silu_backward", "rsqrt" -> "exponentials, logarithms, SiLU";
      case "mul", "mul_", "add", "add_", "addcmul_", "div", "div_", "sub", "sub_", "neg", "square", "pow" ->
          "additions and multiplications";
      case "sum", "mean", "max", "amax" -> "sums";
      case "copy_", "clone", "cat", "contiguous", "to", "_to_copy", "fill_", "zero_" -> "copies and zeros";
      case "take", "scatter_add_", "index_add_", "index_select", "embedding", "masked_fill", "masked_fill_" ->
          "look-ups";
      default -> "shapes, memory and the rest";
    };
  }

  private static void print(Map<String, Share> shares, double whole, int steps, int vocabulary) {
    System.out.printf(Locale.ROOT, "V=%d T=%d B=%d, one thread, %d steps: %.0f ms a step%n", vocabulary, CONTEXT, ROWS,
        steps, whole / steps / 1e3);
    double left = whole;
    List<Map.Entry<String, Share>> byTime = new ArrayList<>(shares.entrySet());
    byTime.sort(Comparator.comparing(share -> -share.getValue().micros));
    for (Map.Entry<String, Share> kind : byTime) {
      Share share = kind.getValue();
      left -= share.micros;
      System.out.printf(Locale.ROOT, "%-40s %6d calls %5.1f %%%n", kind.getKey(), share.calls / steps,
          100 * share.micros / whole);
    }
    System.out.printf(Locale.ROOT, "%-40s %6s       %5.1f %%%n", "outside of operations", "", 100 * left / whole);
  }
}
