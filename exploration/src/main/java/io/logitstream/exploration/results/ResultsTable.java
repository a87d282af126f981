package io.logitstream.exploration.results;

import io.logitstream.exploration.plan.RunRecord;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Results as CSV (RFC 4180) and as a table for a terminal. */
public final class ResultsTable {
    private static final double STRONG = 0.05;
    /** Longest name in the table of variants, with which the table is 80 columns wide. */
    private static final int LONGEST_NAME = 18;

    private ResultsTable() {}

    /** CSV with a line per run, including all of its settings. */
    public static String runs(ExplorationResults results) {
        Set<String> settings = new LinkedHashSet<>();
        results.runs()
                .forEach(run -> settings.addAll(
                        run.run() == null ? Set.of() : run.run().settings().keySet()));
        List<String> head = new ArrayList<>(List.of("id", "variant", "seed", "state"));
        head.addAll(ExplorationResults.METRICS);
        head.addAll(List.of(
                "teacherLoss",
                "heldOutTokens",
                "parameters",
                "tokens",
                "steps",
                "seconds",
                "bytesPerToken",
                "teacherForwards",
                "topic",
                "folder",
                "failure"));
        head.addAll(settings);
        StringBuilder csv = new StringBuilder(line(head));
        for (ExplorationResults.RunResult result : results.runs()) {
            RunRecord run = result.run();
            if (run == null) {
                continue;
            }
            List<Object> fields =
                    new ArrayList<>(Arrays.asList(run.id(), result.variant(), run.seed(), result.state()));
            if (run.finished()) {
                fields.addAll(List.of(
                        run.evaluation().loss(),
                        run.evaluation().perplexity(),
                        run.evaluation().bitsPerByte(),
                        run.evaluation().klToTeacher(),
                        run.evaluation().top1Agreement(),
                        run.evaluation().calibrationError(),
                        run.teacher().loss(),
                        run.evaluation().tokens()));
            } else {
                fields.addAll(Arrays.asList(new Object[ExplorationResults.METRICS.size() + 2]));
            }
            fields.addAll(Arrays.asList(
                    run.parameters(),
                    run.tokens(),
                    run.steps(),
                    run.seconds(),
                    result.bytesPerToken(),
                    result.teacherForwards(),
                    run.topic(),
                    run.folder(),
                    run.failure()));
            settings.forEach(key -> fields.add(run.settings().get(key)));
            csv.append(line(fields));
        }
        return csv.toString();
    }

    /**
     * CSV with a line per variant: means, standard deviations, and differences from the baseline with their intervals.
     */
    public static String variants(ExplorationResults results) {
        List<String> head = new ArrayList<>(List.of("variant"));
        head.addAll(results.axes().keySet());
        head.addAll(List.of("baseline", "seeds", "parameters", "selection", "bytesPerToken"));
        for (String metric : ExplorationResults.METRICS) {
            head.addAll(List.of(
                    metric,
                    metric + "Deviation",
                    metric + "Difference",
                    metric + "Low",
                    metric + "High",
                    metric + "P",
                    metric + "AdjustedP"));
        }
        StringBuilder csv = new StringBuilder(line(head));
        for (ExplorationResults.VariantResult variant : results.variants()) {
            List<Object> fields = new ArrayList<>(List.of(variant.name()));
            results.axes().keySet().forEach(axis -> fields.add(variant.choices().get(axis)));
            SampleStatistics loss = variant.metrics().get("loss");
            fields.addAll(Arrays.asList(
                    variant.baseline(),
                    loss == null ? 0 : loss.count(),
                    variant.parameters(),
                    variant.support(),
                    variant.bytesPerToken()));
            for (String metric : ExplorationResults.METRICS) {
                SampleStatistics spread = variant.metrics().get(metric);
                PairedComparison other = variant.differences().get(metric);
                fields.addAll(Arrays.asList(
                        spread == null ? null : spread.mean(), spread == null ? null : spread.deviation()));
                fields.addAll(
                        other == null
                                ? Arrays.asList(null, null, null, null, null)
                                : Arrays.asList(
                                        other.difference(), other.low(), other.high(), other.p(), other.adjustedP()));
            }
            csv.append(line(fields));
        }
        return csv.toString();
    }

    /** Table of the variants, 80 columns wide. A star marks differences with an adjusted p below 0.05. */
    public static String text(ExplorationResults results) {
        int width = Math.min(
                LONGEST_NAME,
                results.variants().stream()
                        .mapToInt(variant -> variant.name().length())
                        .max()
                        .orElse(0));
        StringBuilder table = new StringBuilder(String.format(
                "%-" + width + "s %5s %15s %18s %6s %6s %6s", "", "", "", "against", "KL to", "top-1", "bytes"));
        table.append(String.format(
                "%n%-" + width + "s %5s %15s %18s %6s %6s %6s",
                "",
                "seeds",
                "loss",
                shorten(results.baseline()),
                "teach.",
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
        return table.toString();
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
                "%+.4f ± %.4f%s",
                other.difference(), other.high() - other.difference(), other.adjustedP() < STRONG ? " *" : "  ");
    }

    private static String line(List<?> fields) {
        return fields.stream().map(ResultsTable::field).collect(Collectors.joining(",", "", "\r\n"));
    }

    private static String field(Object value) {
        String text = value == null ? "" : value.toString();
        return text.matches("(?s).*[\",\r\n].*") ? "\"" + text.replace("\"", "\"\"") + "\"" : text;
    }
}
