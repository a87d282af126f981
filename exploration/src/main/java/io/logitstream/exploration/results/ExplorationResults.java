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
 * What came out of an exploration, as in {@code results.json}.
 *
 * @param name name of the exploration
 * @param description what it is about
 * @param paper what the paper found
 * @param found what runs of the plan have found before
 * @param baseline what variants are compared with, in words
 * @param seeds seeds of the plan
 * @param axes values of each axis in the plan's order
 * @param teacherForwardsNow batches that teachers have computed in this run of the command
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
    /** Metrics that variants are compared in. */
    public static final List<String> METRICS =
            List.of("loss", "perplexity", "bitsPerByte", "klToTeacher", "top1Agreement", "calibrationError");

    /**
     * A variant over its seeds.
     *
     * @param name its name
     * @param choices value of each axis it stands for
     * @param parameters trainable values of the student
     * @param support what it sees of the teacher's distributions; null without a teacher
     * @param bytesPerToken bytes on disk that such logits take by predicted token; null without a teacher
     * @param runs ids of its runs by seed
     * @param metrics means and spreads over finished runs by metric, with {@code seconds}; empty before one is finished
     * @param baseline variant that it is compared with, itself where it is one; null for none
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
     * @param variant first variant that it belongs to
     * @param state {@code waiting}, {@code unfinished}, {@code failed} or {@code finished}
     * @param bytesPerToken bytes on disk that its logits take by predicted token
     * @param teacherForwards batches that teachers have computed for the topic it was trained from, for all of its runs
     * @param run what is known of it, null while it waits
     */
    public record RunResult(String variant, String state, Double bytesPerToken, Long teacherForwards, RunRecord run) {}

    /**
     * Gathers the results.
     *
     * @param ids ids of each variant's runs by seed
     * @param states what is known of runs by id
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
                if (baseline == null) {
                    continue;
                }
                Map<Long, Double> reference = values(ids.get(baseline), states, metric);
                PairedComparison comparison =
                        PairedComparison.of(values(ids.get(variant.name()), states, metric), reference);
                // What is the baseline under another name is no comparison either.
                if (comparison != null && !ids.get(variant.name()).equals(ids.get(baseline))) {
                    ofVariants.put(variant.name(), comparison);
                }
            }
            // Variants of the same runs are one comparison, however many names it has.
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
