package io.logitstream.exploration.results;

import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.logitstream.exploration.plan.Baselines;
import io.logitstream.exploration.plan.ExplorationPlan;
import io.logitstream.exploration.plan.LogitsTopic;
import io.logitstream.exploration.plan.RunRecord;
import io.logitstream.exploration.plan.Variant;
import io.logitstream.pipeline.inspection.SupportRule;
import io.logitstream.pipeline.report.RunDescription;
import io.logitstream.pipeline.status.TextLoss;
import io.logitstream.student.evaluation.Evaluation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;

/** Synthetic results and logs of an exploration, for tests of its report. */
public final class SyntheticExploration {
    private static final int STEPS = 200;
    private static final int STEP_TOKENS = 2048;

    private final Path folder;
    private final ExplorationPlan plan;
    private final Map<String, RunRecord> states = new LinkedHashMap<>();
    private final Map<String, LogitsTopic> topics = new LinkedHashMap<>();
    private ExplorationResults results;

    private SyntheticExploration(Path folder, ExplorationPlan plan) {
        this.folder = folder;
        this.plan = plan;
    }

    public static SyntheticExploration of(Path folder, String yaml) throws IOException {
        SyntheticExploration made = new SyntheticExploration(
                folder, new YAMLMapper().readValue(yaml, ExplorationPlan.class).named("synthetic"));
        made.run();
        return made;
    }

    String html(List<Map<String, Object>> scaling) {
        return ReportPage.html("synthetic", json(scaling));
    }

    public String json(List<Map<String, Object>> scaling) {
        return ReportPage.json(
                results,
                plan,
                run -> folder.resolve(run.folder()),
                scaling,
                RunDescription.now(
                        "logitstream explore synthetic.yaml",
                        "teachers/java-4m",
                        "base, seed 1",
                        Map.of("loss", Map.of("alpha", 0.9)),
                        List.of("results.json")));
    }

    public ExplorationResults results() {
        return results;
    }

    private void run() throws IOException {
        Random random = new Random(1);
        List<Variant> variants = Variant.of(plan);
        Map<String, Map<Long, String>> ids = new LinkedHashMap<>();
        SupportRule stored = new SupportRule("ordered", 0.95, 100, null, null);
        Map<String, Double> cut = new LinkedHashMap<>();
        for (int v = 0; v < variants.size(); v++) {
            Variant variant = variants.get(v);
            double effect = variant.name().equals("lm") ? 0.2 : 0.02 * random.nextGaussian();
            int k = variant.settings().at("/selection/topK").asInt(100);
            SupportRule support = variant.name().equals("lm") ? null : new SupportRule("ordered", 0.95, k, null, null);
            if (support != null && k != 100) {
                cut.put(support.text(), 9 + 5 * Math.log(k));
            }
            for (long seed : plan.seeds()) {
                String id = "r" + v + "s" + seed;
                ids.computeIfAbsent(variant.name(), name -> new LinkedHashMap<>())
                        .put(seed, id);
                double loss = 4.6 + effect + 0.01 * random.nextGaussian();
                writeLog(folder.resolve(id), loss, support != null, random);
                states.put(
                        id,
                        new RunRecord(
                                id,
                                id,
                                seed,
                                Map.of(
                                        "loss.alpha",
                                        support == null ? 0.0 : 0.9,
                                        "training.seed",
                                        (double) seed,
                                        "teacher",
                                        "teachers/java-4m"),
                                "logits",
                                null,
                                null,
                                support,
                                1_100_000,
                                3e12,
                                65,
                                (long) STEPS,
                                (long) STEPS * STEP_TOKENS,
                                null,
                                evaluation(loss, random),
                                evaluation(3.7, random),
                                plan.prompts().stream()
                                        .collect(Collectors.toMap(
                                                prompt -> prompt,
                                                prompt -> "int size() {\n    return " + id
                                                        + ".size();\n  }\n</script><b>"))));
            }
        }
        topics.put(
                "logits",
                new LogitsTopic(
                        "logits",
                        "tokens",
                        "teachers/java-4m",
                        "0123",
                        "compact-1",
                        null,
                        stored,
                        196,
                        40,
                        new TextLoss(401_408, 1_391_360),
                        true,
                        new LogitsTopic.Size(196, 401_408, 36, 34.5, cut)));
        results = ExplorationResults.of(plan, variants, ids, states, topics, Baselines.of(plan, variants), 0);
    }

    private static Evaluation evaluation(double loss, Random random) {
        return new Evaluation(
                loss,
                Math.exp(loss),
                loss / 2.67,
                loss - 3.4,
                0.44 - 0.3 * (loss - 4.6),
                0.04 + 0.01 * random.nextDouble(),
                61_440,
                160_000);
    }

    private static void writeLog(Path run, double loss, boolean distilled, Random random) throws IOException {
        Files.createDirectories(run);
        StringBuilder log = new StringBuilder();
        for (int step = 1; step <= STEPS; step++) {
            double lm = loss + 4 * Math.exp(-step / 50.0) + 0.1 * random.nextGaussian();
            log.append("{\"step\":")
                    .append(step)
                    .append(",\"tokens\":")
                    .append((long) step * STEP_TOKENS)
                    .append(",\"loss\":")
                    .append(lm * 0.6)
                    .append(",\"lm\":")
                    .append(lm)
                    .append(",\"kd\":")
                    .append(distilled ? lm * 0.5 : 0)
                    .append(",\"alpha\":")
                    .append(distilled ? 0.9 : 0)
                    .append(",\"learningRate\":")
                    .append(3e-3 * Math.min(1, step / 40.0))
                    .append(",\"gradientNorm\":")
                    .append(0.5 + 0.1 * random.nextDouble())
                    .append("}\n");
        }
        Files.writeString(run.resolve("metrics.jsonl"), log);
    }
}
