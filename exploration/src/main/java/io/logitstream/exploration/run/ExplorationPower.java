package io.logitstream.exploration.run;

import io.logitstream.exploration.plan.RunMatrix;
import io.logitstream.exploration.results.ExplorationResults;
import io.logitstream.exploration.results.PairedComparison;
import io.logitstream.exploration.results.SeedPower;
import io.logitstream.messages.Plural;
import java.util.List;
import java.util.Objects;

/** Lines of {@code explore --dry-run} on the differences that the seeds of a plan can find, from its finished runs. */
final class ExplorationPower {
    /** Differences of the held-out loss in nats, for which the number of seeds is told. */
    private static final List<Double> DIFFERENCES = List.of(0.1, 0.03, 0.01);

    private ExplorationPower() {}

    /** The lines, each after a line break; empty if no variant has two seeds in common with its baseline. */
    static String report(RunMatrix runs, ExplorationResults results) {
        List<PairedComparison> spreads = results.variants().stream()
                .map(variant -> variant.differences().get("loss"))
                .filter(Objects::nonNull)
                .filter(comparison -> comparison.deviation() != null)
                .toList();
        if (spreads.isEmpty()) {
            return "";
        }
        double deviation = Math.sqrt(spreads.stream()
                .mapToDouble(comparison -> comparison.deviation() * comparison.deviation())
                .average()
                .orElseThrow());
        int comparisons = comparisons(runs);
        int seeds = runs.plan().seeds().size();
        StringBuilder text = new StringBuilder(String.format(
                "%npower        differences of the loss deviate by %.3f nats over seeds (%d finished %s)",
                deviation, spreads.size(), Plural.of(spreads.size(), "comparison")));
        if (seeds > 1) {
            text.append(String.format(
                    "%n  the %d seeds of the plan tell %.3f nats apart",
                    seeds, SeedPower.smallestDifference(deviation, seeds, comparisons)));
        }
        for (double difference : DIFFERENCES) {
            text.append(String.format(
                    "%n  to tell %s nats apart: %s seeds",
                    difference, SeedPower.text(SeedPower.seeds(difference, deviation, comparisons))));
        }
        return text.toString();
    }

    // Comparisons of different runs, as Holm's correction will count them.
    private static int comparisons(RunMatrix runs) {
        return (int) Math.max(
                1,
                runs.variants().stream()
                        .filter(variant -> runs.baselines().of().containsKey(variant.name()))
                        .map(variant -> List.of(
                                runs.ids(variant.name()),
                                runs.ids(runs.baselines().of().get(variant.name()))))
                        .filter(pair -> !pair.get(0).equals(pair.get(1)))
                        .distinct()
                        .count());
    }
}
