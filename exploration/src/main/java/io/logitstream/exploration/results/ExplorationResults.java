package io.logitstream.exploration.results;

import io.logitstream.exploration.plan.Axis;
import io.logitstream.exploration.plan.Baselines;
import io.logitstream.exploration.plan.ExplorationPlan;
import io.logitstream.exploration.plan.LogitsTopic;
import io.logitstream.exploration.plan.RunRecord;
import io.logitstream.exploration.plan.Variant;
import io.logitstream.student.evaluation.Evaluation;
import io.logitstream.student.metrics.FlatValues;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Results of an exploration, as in {@code results.json}.
 *
 * @param name name of the exploration
 * @param description purpose of the plan
 * @param paper results of the paper
 * @param found earlier results of the plan
 * @param baseline name or definition of the baseline
 * @param seeds seeds of the plan
 * @param axes values of each axis in the plan's order
 * @param teacherForwardsNow batches that teachers have computed in this call of the command
 * @param topics logits topics with the teacher's work and their sizes
 * @param variants variants with means over their finished runs
 * @param runs all runs
 */
public record ExplorationResults(
        String name,
        String description,
        String paper,
        String found,
        String baseline,
        List<Long> seeds,
        Map<String, List<String>> axes,
        long teacherForwardsNow,
        Collection<LogitsTopic> topics,
        List<VariantResult> variants,
        List<RunResult> runs) {
    /** Metrics in which variants are compared. */
    public static final List<String> METRICS =
            List.of("loss", "perplexity", "bitsPerByte", "klToTeacher", "top1Agreement", "calibrationError");

    private static final String DIVERGENCE = "klToTeacher";

    /**
     * A variant over its seeds.
     *
     * @param name name of the variant
     * @param choices value of each axis
     * @param baseline variant that it is compared with, itself if it is a baseline; null for none
     * @param parameters trainable parameters of the student; null before a run is finished
     * @param support entries of the teacher's distributions that the student sees; null without a teacher
     * @param bytesPerToken bytes of such logits on disk per predicted token; null without a teacher
     * @param runs ids of its runs by seed
     * @param metrics statistics over finished runs by metric, and of {@code seconds}; empty before a run is finished
     * @param differences variant minus baseline by metric; empty for a baseline
     */
    public record VariantResult(
            String name,
            Map<String, String> choices,
            String baseline,
            Long parameters,
            String support,
            Double bytesPerToken,
            Map<Long, String> runs,
            Map<String, SampleStatistics> metrics,
            Map<String, PairedComparison> differences) {}

    /**
     * A run.
     *
     * @param variant first variant that has this run
     * @param state {@code waiting}, {@code unfinished}, {@code failed} or {@code finished}
     * @param bytesPerToken bytes of its logits on disk per predicted token; null without a teacher
     * @param teacherForwards batches that teachers have computed for its topic, for all runs of the topic; null while
     *     it waits
     * @param run its record; null while it waits
     */
    public record RunResult(String variant, String state, Double bytesPerToken, Long teacherForwards, RunRecord run) {}

    /**
     * Collects the results.
     *
     * @param ids ids of each variant's runs by seed
     * @param states records of runs by id
     * @param topics logits topics by name
     */
    public static ExplorationResults of(
            ExplorationPlan plan,
            List<Variant> variants,
            Map<String, Map<Long, String>> ids,
            Map<String, RunRecord> states,
            Map<String, LogitsTopic> topics,
            Baselines baselines,
            long teacherForwardsNow) {
        Map<String, List<String>> axes = new LinkedHashMap<>();
        plan.axes()
                .forEach((name, values) -> axes.put(
                        name,
                        Axis.of(name, values).choices().stream()
                                .map(Axis.Choice::label)
                                .toList()));
        Map<String, RunResult> runs = new LinkedHashMap<>();
        for (Long seed : plan.seeds()) {
            for (Variant variant : variants) {
                runs.computeIfAbsent(
                        ids.get(variant.name()).get(seed), id -> run(variant.name(), states.get(id), topics));
            }
        }
        Map<String, Map<String, PairedComparison>> differences = differences(variants, ids, states, baselines);
        List<VariantResult> results = new ArrayList<>();
        for (Variant variant : variants) {
            List<RunRecord> finished = ids.get(variant.name()).values().stream()
                    .map(states::get)
                    .filter(state -> state != null && state.finished())
                    .toList();
            Map<String, PairedComparison> own = new LinkedHashMap<>();
            differences.forEach((metric, ofVariants) -> {
                if (ofVariants.containsKey(variant.name())) {
                    own.put(metric, ofVariants.get(variant.name()));
                }
            });
            RunRecord any = finished.isEmpty() ? null : finished.get(0);
            results.add(new VariantResult(
                    variant.name(),
                    variant.choices(),
                    baselines.of().get(variant.name()),
                    any == null ? null : any.parameters(),
                    any == null || any.support() == null ? null : any.support().text(),
                    any == null ? null : bytes(any, topics),
                    ids.get(variant.name()),
                    metrics(finished),
                    own));
        }
        return new ExplorationResults(
                plan.name(),
                plan.description(),
                plan.paper(),
                plan.found(),
                baselines.label(),
                plan.seeds(),
                axes,
                teacherForwardsNow,
                topics.values(),
                results,
                List.copyOf(runs.values()));
    }

    private static RunResult run(String variant, RunRecord state, Map<String, LogitsTopic> topics) {
        if (state == null) {
            return new RunResult(variant, "waiting", null, null, null);
        }
        LogitsTopic topic = topics.get(state.topic());
        return new RunResult(
                variant,
                state.finished() ? "finished" : state.failure() != null ? "failed" : "unfinished",
                bytes(state, topics),
                topic == null ? Long.valueOf(0) : Long.valueOf(topic.teacherForwards()),
                state);
    }

    private static Double bytes(RunRecord state, Map<String, LogitsTopic> topics) {
        LogitsTopic topic = topics.get(state.topic());
        return state.support() == null || topic == null
                ? null
                : topic.bytesPerToken(topic.given() ? null : state.support());
    }

    private static Map<String, SampleStatistics> metrics(List<RunRecord> finished) {
        Map<String, SampleStatistics> spreads = new LinkedHashMap<>();
        if (!finished.isEmpty()) {
            for (String metric : METRICS) {
                spreads.put(
                        metric,
                        SampleStatistics.of(finished.stream()
                                .map(state -> value(state.evaluation(), metric))
                                .toList()));
            }
            spreads.put(
                    "seconds",
                    SampleStatistics.of(
                            finished.stream().map(RunRecord::seconds).toList()));
        }
        return spreads;
    }

    private static Map<String, Map<String, PairedComparison>> differences(
            List<Variant> variants,
            Map<String, Map<Long, String>> ids,
            Map<String, RunRecord> states,
            Baselines baselines) {
        Map<String, Map<String, PairedComparison>> all = new LinkedHashMap<>();
        for (String metric : METRICS) {
            Map<String, PairedComparison> ofVariants = new LinkedHashMap<>();
            for (Variant variant : variants) {
                String baseline = baselines.of().get(variant.name());
                if (baseline == null
                        || metric.equals(DIVERGENCE)
                                && keptOnly(ids.get(variant.name()), states) != keptOnly(ids.get(baseline), states)) {
                    continue;
                }
                Map<Long, Double> reference = values(ids.get(baseline), states, metric);
                PairedComparison comparison =
                        PairedComparison.of(values(ids.get(variant.name()), states, metric), reference);
                // A variant with the same runs as the baseline is not compared.
                if (comparison != null && !ids.get(variant.name()).equals(ids.get(baseline))) {
                    ofVariants.put(variant.name(), comparison);
                }
            }
            // Variants with the same runs count as one comparison in the correction.
            Map<Object, String> first = new LinkedHashMap<>();
            ofVariants.keySet().forEach(name -> first.putIfAbsent(pair(name, ids, baselines), name));
            Map<String, PairedComparison> distinct = new LinkedHashMap<>(ofVariants);
            distinct.keySet().retainAll(first.values());
            PairedComparison.adjust(distinct);
            ofVariants.replaceAll((name, comparison) -> distinct.get(first.get(pair(name, ids, baselines))));
            all.put(metric, ofVariants);
        }
        return all;
    }

    // A divergence over what a served teacher keeps does not compare with one over the whole vocabulary.
    private static boolean keptOnly(Map<Long, String> idsBySeed, Map<String, RunRecord> states) {
        return idsBySeed.values().stream()
                .map(states::get)
                .anyMatch(state ->
                        state != null && state.finished() && state.evaluation().isKeptOnly());
    }

    private static Object pair(String variant, Map<String, Map<Long, String>> ids, Baselines baselines) {
        return List.of(ids.get(variant), ids.get(baselines.of().get(variant)));
    }

    private static Map<Long, Double> values(Map<Long, String> idsBySeed, Map<String, RunRecord> states, String metric) {
        Map<Long, Double> values = new LinkedHashMap<>();
        idsBySeed.forEach((seed, id) -> {
            if (states.containsKey(id) && states.get(id).finished()) {
                values.put(seed, value(states.get(id).evaluation(), metric));
            }
        });
        return values;
    }

    private static double value(Evaluation evaluation, String metric) {
        return (Double) FlatValues.of((Object) evaluation).get(metric);
    }
}
