package io.logitstream.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** An exploration of two axes: killed once, continued, and then asked for one more student. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ExploreIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String PLAN = """
      axes:
        selection.topK: [2, 8]
        loss.kind: [nll, mse%s]
      mode: grid
      runs: {lm: {loss.alpha: 0}}
      seeds: [1, 2]
      base:
      """;

  @TempDir
  private static Path folder;
  private static Path plan;
  private static Path out;
  private static TinyRun run;

  @BeforeAll
  static void writeThePlan() throws IOException {
    run = TinyRun.create(folder.resolve("run"));
    plan = folder.resolve("tiny.yaml");
    out = folder.resolve("out");
    write(PLAN.formatted(""));
  }

  private static void write(String head) throws IOException {
    String base = Files.readString(run.config()).replaceAll("(?m)^", "  ")
        .replace("training: {", "training: {tokens: 6000, ");
    Files.writeString(plan, head + base);
  }

  @Test
  @Order(1)
  void theDryRunSaysWhatItTakes() {
    CliCall call = CliCall.run("explore", plan.toString(), "--out", out.toString(), "--dry-run").requireSuccess();

    assertThat(call.out()).contains("tiny: 5 variants, 10 runs, of which 0 are finished", "teacher      1 passes",
        "top-0.95-8", "cut to k 2", "topK=8,kind=mse", "time         some", "disk         some");
    assertThat(out).doesNotExist();
  }

  @Test
  @Order(2)
  void killedWithRunsFinishedAndUnfinishedItContinuesAndRepeatsNone() throws Exception {
    try (CliProcess process = start()) {
      process.await("finishes the first seed", () -> finished().size() >= 5);
      process.await("trains on", () -> checkpoints() > 0);
      process.kill();
    }
    Map<String, FileTime> before = finished();
    Map<String, FileTime> models = models();
    assertThat(before).hasSizeBetween(5, 9);

    try (CliProcess process = start()) {
      process.awaitSuccess();
    }

    assertThat(finished()).hasSize(10).containsAllEntriesOf(before);
    models.forEach((model, written) -> {
      if (before.keySet().stream().anyMatch(model::contains)) {
        assertThat(models()).as("a finished student was trained again").containsEntry(model, written);
      }
    });
    JsonNode results = results();
    assertThat(results.get("teacherForwardsNow").asLong()).isZero();
    assertThat(results.get("topics")).hasSize(1);
    JsonNode topic = results.at("/topics/0");
    assertThat(topic.get("teacherForwards").asLong()).isEqualTo(topic.at("/size/batches").asLong()).isGreaterThan(50);
    assertThat(topic.at("/size/cut/top-0.95-2").asDouble()).isPositive().isLessThan(topic.at("/size/diskBytes")
        .asDouble());
    assertThat(checkpoints()).isZero();
  }

  @Test
  @Order(3)
  void theResultsHaveEachRunAndVariant() throws Exception {
    JsonNode results = results();

    assertThat(results.get("runs")).hasSize(10).allMatch(one -> one.get("state").asText().equals("finished"));
    JsonNode variant = results.at("/variants/0");
    assertThat(variant.get("name").asText()).isEqualTo("topK=2,kind=nll");
    assertThat(variant.at("/metrics/loss/count").asInt()).isEqualTo(2);
    double first = run(results, variant.at("/runs/1").asText()).at("/run/evaluation/loss").asDouble();
    double second = run(results, variant.at("/runs/2").asText()).at("/run/evaluation/loss").asDouble();
    assertThat(variant.at("/metrics/loss/mean").asDouble()).isEqualTo((first + second) / 2);
    assertThat(variant.at("/differences/loss/seeds").asInt()).isEqualTo(2);
    assertThat(results.at("/variants/4/differences")).isEmpty();
    assertThat(Files.readAllLines(out.resolve("results.csv"))).hasSize(11).first().asString()
        .startsWith("id,variant,seed,state,loss,").contains("loss.kind", "student.layers");
    assertThat(Files.readAllLines(out.resolve("variants.csv"))).hasSize(6);
    assertThat(out.resolve("runs").resolve(run(results, variant.at("/runs/1").asText()).at("/run/folder").asText()))
        .isDirectoryContaining("glob:**/model.safetensors").isDirectoryContaining("glob:**/metrics.jsonl")
        .isDirectoryContaining("glob:**/tensorboard");
  }

  @Test
  @Order(4)
  void oneMoreStudentCostsNoTeacherForward() throws Exception {
    Map<String, FileTime> before = finished();
    write(PLAN.formatted(", jsd"));

    CliCall call = CliCall.run("explore", plan.toString(), "--out", out.toString()).requireSuccess();

    assertThat(call.out()).contains("14 of 14 runs are finished; 0 batches went through a teacher now");
    assertThat(finished()).hasSize(14).containsAllEntriesOf(before);
    assertThat(results().get("teacherForwardsNow").asLong()).isZero();
  }

  @Test
  @Order(5)
  void whatIsFinishedNeedsNoCluster() {
    CliCall call = CliCall.run("explore", plan.toString(), "--out", out.toString()).requireSuccess();

    assertThat(call.err()).contains("all runs are finished").doesNotContain("starting a broker");
    assertThat(call.out()).contains("topK=8,kind=jsd", " ± ");
  }

  @Test
  @Order(6)
  void aRunThatFailsIsNotedAndTheOthersGoOn() throws Exception {
    write(PLAN.formatted(", jsd").replace("seeds: [1, 2]", "seeds: [1]")
        .replace("runs: {", "runs: {bad: {loss.tail: counts}, good: {loss.alpha: 0.5}, "));

    CliCall call = CliCall.run("explore", plan.toString(), "--out", out.toString());

    assertThat(call.code()).isOne();
    assertThat(call.out()).contains("8 of 9 runs are finished");
    assertThat(call.err()).containsPattern("logitstream: bad-seed1-\\w+ has failed: .*its support is not a sample");
    JsonNode bad = results().at("/runs/6");
    assertThat(bad.get("state").asText()).isEqualTo("failed");
  }

  @Test
  void theShippedPlansFitIntoNinetyMinutesOfTwoCores() {
    for (String name : ExplorationPlans.SHIPPED) {
      CliCall call = CliCall.run("explore", name, "--dry-run", "--set", "teacher=" + teacher(), "--out",
          folder.resolve("none").toString()).requireSuccess();

      double operations = Double.parseDouble(call.out().replaceAll("(?s).*students     [\\d,]+ tokens, (\\S+) .*",
          "$1"));
      assertThat(operations).as(name).isBetween(1e13, 2 * 24e9 * 80 * 60);
    }
  }

  @Test
  void whatCannotBeIsRefused() {
    CliCall.run("explore", "nothing").requireFailure(2, "nothing", "truncation");
    CliCall.run("explore", plan.toString(), "--dry-run", "--set", "loss.kinds=nll").requireFailure(2, "loss.kinds");
    CliCall.run("explore", plan.toString(), "--dry-run", "--set", "training.seed=2").requireFailure(2, "the plan's seeds");
    CliCall.run("explore", plan.toString(), "--out", run.corpus().toString()).requireFailure(2, "no exploration");
  }

  private static String teacher() {
    return Repository.root().resolve("teachers/java-4m").toString();
  }

  private static CliProcess start() throws IOException {
    return CliProcess.start(folder.resolve("logs"), "explore", plan.toString(), "--out", out.toString());
  }

  private static JsonNode results() throws IOException {
    return JSON.readTree(out.resolve("results.json").toFile());
  }

  private static JsonNode run(JsonNode results, String id) {
    for (JsonNode one : results.get("runs")) {
      if (one.at("/run/id").asText().equals(id)) {
        return one;
      }
    }
    throw new AssertionError(id);
  }

  /** Times at which finished runs were written last, by id. */
  private static Map<String, FileTime> finished() {
    Map<String, FileTime> times = new TreeMap<>();
    for (Path file : files(out.resolve("state"), 1)) {
      try {
        if (file.toString().endsWith(".json") && JSON.readTree(file.toFile()).hasNonNull("evaluation")) {
          times.put(file.getFileName().toString().replace(".json", ""), Files.getLastModifiedTime(file));
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return times;
  }

  private static Map<String, FileTime> models() {
    Map<String, FileTime> times = new TreeMap<>();
    for (Path file : files(out.resolve("runs"), 2)) {
      if (file.endsWith("model.safetensors")) {
        try {
          times.put(file.toString(), Files.getLastModifiedTime(file));
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    }
    return times;
  }

  private static long checkpoints() {
    return files(out.resolve("runs"), 3).stream().filter(path -> path.getFileName().toString().matches("step-\\d+"))
        .count();
  }

  private static List<Path> files(Path root, int depth) {
    if (!Files.isDirectory(root)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(root, depth)) {
      return files.toList();
    } catch (IOException | UncheckedIOException e) {
      // A file that has gone while the folder was listed.
      return List.of();
    }
  }
}
