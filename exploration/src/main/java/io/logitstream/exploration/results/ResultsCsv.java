package io.logitstream.exploration.results;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.dataformat.csv.CsvGenerator;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import io.logitstream.exploration.plan.RunRecord;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** Results as CSV (RFC 4180): a field is quoted only if it has to be. */
final class ResultsCsv {
    private static final CsvMapper CSV = CsvMapper.builder()
            .enable(CsvGenerator.Feature.STRICT_CHECK_FOR_QUOTING)
            .build();
    private static final CsvSchema LINES = CsvSchema.emptySchema().withLineSeparator("\r\n");

    private ResultsCsv() {}

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
                "failure",
                "klOverKept"));
        head.addAll(settings);
        List<List<?>> lines = new ArrayList<>(List.of(head));
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
                    run.failure(),
                    run.finished() ? run.evaluation().isKeptOnly() : null));
            settings.forEach(key -> fields.add(run.settings().get(key)));
            lines.add(fields);
        }
        return csv(lines);
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
                    metric + "AdjustedP",
                    metric + "DifferenceDeviation",
                    metric + "BootstrapLow",
                    metric + "BootstrapHigh",
                    metric + "SeedsNeeded"));
        }
        List<List<?>> lines = new ArrayList<>(List.of(head));
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
                                ? Collections.nCopies(9, null)
                                : Arrays.asList(
                                        other.difference(),
                                        other.low(),
                                        other.high(),
                                        other.p(),
                                        other.adjustedP(),
                                        other.deviation(),
                                        other.bootstrapLow(),
                                        other.bootstrapHigh(),
                                        other.seedsNeeded()));
            }
            lines.add(fields);
        }
        return csv(lines);
    }

    private static String csv(List<List<?>> lines) {
        try {
            return CSV.writer(LINES)
                    .writeValueAsString(lines.stream()
                            .map(fields -> fields.stream()
                                    .map(field -> Objects.toString(field, ""))
                                    .toList())
                            .toList());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
