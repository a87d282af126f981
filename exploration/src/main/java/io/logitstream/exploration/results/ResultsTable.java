package io.logitstream.exploration.results;

import io.logitstream.student.evaluation.Evaluation;
import java.util.Map;
import java.util.stream.Stream;

/** Results as a table for a terminal. */
public final class ResultsTable {
    /** Longest name in the table of variants, with which the table is 80 columns wide. */
    private static final int LONGEST_NAME = 18;

    private ResultsTable() {}

    /** Table of the variants, 80 columns wide. A star marks differences with an adjusted p below 0.05. */
    public static String text(ExplorationResults results) {
        int width = Math.min(
                LONGEST_NAME,
                results.variants().stream()
                        .mapToInt(variant -> variant.name().length())
                        .max()
                        .orElse(0));
        StringBuilder table = new StringBuilder(String.format(
                "%-" + width + "s %5s %15s %18s %6s %6s %6s",
                "",
                "",
                "",
                "against",
                keptOnly(results) ? "KL of" : "KL to",
                "top-1",
                "bytes"));
        table.append(String.format(
                "%n%-" + width + "s %5s %15s %18s %6s %6s %6s",
                "",
                "seeds",
                "loss",
                shorten(results.baseline()),
                keptOnly(results) ? "kept" : "teach.",
                "agree.",
                "/token"));
        for (ExplorationResults.VariantResult variant : results.variants()) {
            String name = variant.name();
            // A long name takes a line of its own, uncut: the variants of a grid differ only in the whole name.
            table.append(String.format(
                    name.length() <= width ? "%n%-" + width + "s " : "%n%s%n" + " ".repeat(width + 1), name));
            Map<String, SampleStatistics> metrics = variant.metrics();
            if (metrics.isEmpty()) {
                table.append("    -");
                continue;
            }
            SampleStatistics loss = metrics.get("loss");
            table.append(String.format(
                    "%5d %15s %18s %6.3f %5.1f%% %6s",
                    loss.count(),
                    loss.deviation() == null
                            ? String.format("%.4f", loss.mean())
                            : String.format("%.4f ± %.4f", loss.mean(), loss.deviation()),
                    difference(variant.differences().get("loss")),
                    metrics.get("klToTeacher").mean(),
                    100 * metrics.get("top1Agreement").mean(),
                    variant.bytesPerToken() == null ? "" : String.format("%.1f", variant.bytesPerToken())));
        }
        return table + mixed(results) + undecided(results);
    }

    // A difference that no star marks may be none, or too small for the number of seeds.
    private static String undecided(ExplorationResults results) {
        StringBuilder lines = new StringBuilder();
        for (ExplorationResults.VariantResult variant : results.variants()) {
            PairedComparison loss = variant.differences().get("loss");
            if (loss != null && loss.seedsNeeded() != null) {
                lines.append(String.format(
                        "%n  %+.4f  needs %s seeds  %s",
                        loss.difference(), SeedPower.text(loss.seedsNeeded()), variant.name()));
            }
        }
        return lines.isEmpty() ? "" : String.format("%n%nundecided (no star), and the seeds that decide it:") + lines;
    }

    private static boolean keptOnly(ExplorationResults results) {
        return evaluations(results).allMatch(Evaluation::isKeptOnly)
                && evaluations(results).findAny().isPresent();
    }

    private static String mixed(ExplorationResults results) {
        return keptOnly(results) || evaluations(results).noneMatch(Evaluation::isKeptOnly)
                ? ""
                : String.format("%n%nThe KL of runs with a served teacher is over the tokens that it keeps.");
    }

    private static Stream<Evaluation> evaluations(ExplorationResults results) {
        return results.runs().stream()
                .filter(run -> run.run() != null && run.run().evaluation() != null)
                .map(run -> run.run().evaluation());
    }

    private static String shorten(String name) {
        return name.length() <= 18 ? name : name.substring(0, 17) + "…";
    }

    private static String difference(PairedComparison other) {
        if (other == null) {
            return "";
        } else if (other.low() == null) {
            return String.format("%+.4f", other.difference());
        }
        return String.format(
                "%+.4f ± %.4f%s", other.difference(), other.high() - other.difference(), other.decided() ? " *" : "  ");
    }
}
