package io.logitstream.exploration.results;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * The tables of the exploration report are those of the runs in its CSV files. To write them anew from the files, run
 * this test with {@code -Dlogitstream.writeReport=true}.
 */
class FindingsReportTest {
    private static final Path FOLDER = Path.of("../docs/reference/reports/exploration");
    private static final YAMLMapper YAML = YAMLMapper.builder()
            .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
            .build();

    /**
     * Findings on one axis of the design space. Holm's correction is over its rows.
     *
     * @param axis heading
     * @param plan plan of the runs
     * @param against variant that the others are compared with
     * @param text remark under the heading; null for none
     * @param rows findings
     */
    private record FindingsOfAxis(String axis, String plan, String against, String text, List<Finding> rows) {}

    private final Map<String, ReportedRuns> runs = new LinkedHashMap<>();

    @Test
    void theFindingsAreThoseOfTheRuns() throws IOException {
        StringBuilder page = new StringBuilder("""
                # Findings: the paper's numbers and others

                Made from `findings.yaml` and the runs in this folder. [The report](../exploration.md) has method, machine
                and commands.

                - **paper**: change of the mean of eight tasks against text alone (Peng et al., arXiv 2410.16215).
                - **here**: difference of the held-out loss in nats, or of another metric where the row names it; lower is
                  better but for agreement. After ± stands half of the 95 % interval by Student's t, paired by seed; in
                  brackets the bootstrap interval.
                - **holds** and **does not hold here**: significant at 0.05 after Holm's correction over the rows of a table.
                  "Same" holds if the interval is within 0.02 nats.
                - The claim of a row is the sign of the paper's number, or the rule that the row names. The paper has one run
                  for each number and takes about 1 % as its noise, so that many of its numbers are within it.
                - **different**: significant, where the paper claims nothing.
                - **undecided**: with the number of seeds at which a difference of the measured size is found with
                  probability 0.8.
                """);
        for (FindingsOfAxis axis : YAML.readValue(
                Files.readString(FOLDER.resolve("findings.yaml")), new TypeReference<List<FindingsOfAxis>>() {})) {
            page.append(section(axis));
        }
        requireWritten("findings.md", page.toString());
    }

    @Test
    void theVariantsAreThoseOfTheRuns() throws IOException {
        StringBuilder page = new StringBuilder("""
                # All variants of the plans

                Means over seeds of the runs in this folder, with their standard deviations. [The report](../exploration.md)
                has method, machine and commands.
                """);
        try (var files = Files.list(FOLDER)) {
            for (Path csv : files.filter(file -> file.toString().endsWith(".csv"))
                    .sorted()
                    .toList()) {
                page.append(variants(csv.getFileName().toString().replace(".csv", "")));
            }
        }
        requireWritten("variants.md", page.toString());
    }

    private String section(FindingsOfAxis axis) throws IOException {
        Map<String, PairedComparison> comparisons = new LinkedHashMap<>();
        for (int row = 0; row < axis.rows().size(); row++) {
            Finding finding = axis.rows().get(row);
            ReportedRuns own = runs(finding.plan() == null ? axis.plan() : finding.plan());
            String against = finding.against() == null ? axis.against() : finding.against();
            comparisons.put(
                    String.valueOf(row),
                    PairedComparison.of(
                            own.values(finding.variant(), finding.metricOrLoss()),
                            own.values(against, finding.metricOrLoss())));
        }
        PairedComparison.adjust(comparisons);
        StringBuilder section = new StringBuilder("\n## " + axis.axis() + "\n\n");
        if (axis.text() != null) {
            section.append(axis.text().strip()).append("\n\n");
        }
        section.append("| | paper | here | seeds | |\n|---|---|---|---|---|\n");
        for (int row = 0; row < axis.rows().size(); row++) {
            Finding finding = axis.rows().get(row);
            PairedComparison comparison = comparisons.get(String.valueOf(row));
            section.append(String.format(
                    Locale.ROOT,
                    "| %s | %s | %s | %d | %s%s |%n",
                    finding.finding(),
                    finding.paper(),
                    difference(finding, comparison),
                    comparison.seeds(),
                    finding.verdict(comparison),
                    finding.reason() == null ? "" : ": " + finding.reason().strip()));
        }
        return section.toString();
    }

    private static String difference(Finding finding, PairedComparison comparison) {
        String number = String.format(Locale.ROOT, "%+.3f", comparison.difference());
        return String.format(
                Locale.ROOT,
                "%s ± %.3f (%+.3f to %+.3f)%s",
                comparison.decided() ? "**" + number + "**" : number,
                (comparison.high() - comparison.low()) / 2,
                comparison.bootstrapLow(),
                comparison.bootstrapHigh(),
                finding.metric() == null
                        ? ""
                        : switch (finding.metric()) {
                            case "top1Agreement" -> " agreement";
                            case "calibrationError" -> " calibration error";
                            default -> " " + finding.metric();
                        });
    }

    private String variants(String plan) throws IOException {
        ReportedRuns own = runs(plan);
        StringBuilder table = new StringBuilder("\n## " + plan + "\n\n");
        table.append(
                "| variant | seeds | loss | KL to the teacher | agreement | calibration error | bytes per token |\n");
        table.append("|---|---|---|---|---|---|---|\n");
        for (String variant : own.variants().keySet()) {
            Double bytes = own.bytesPerToken(variant);
            List<Object> fields = new ArrayList<>(List.of(
                    variant,
                    own.statistics(variant, "loss").count(),
                    spread(own.statistics(variant, "loss")),
                    spread(own.statistics(variant, "klToTeacher")),
                    String.format(
                            Locale.ROOT,
                            "%.1f %%",
                            100 * own.statistics(variant, "top1Agreement").mean()),
                    spread(own.statistics(variant, "calibrationError")),
                    bytes == null ? "" : String.format(Locale.ROOT, "%.0f", bytes)));
            fields.forEach(field -> table.append("| ").append(field).append(' '));
            table.append("|\n");
        }
        return table.toString();
    }

    private static String spread(SampleStatistics statistics) {
        return statistics.deviation() == null
                ? String.format(Locale.ROOT, "%.3f", statistics.mean())
                : String.format(Locale.ROOT, "%.3f ± %.3f", statistics.mean(), statistics.deviation());
    }

    private ReportedRuns runs(String plan) throws IOException {
        if (!runs.containsKey(plan)) {
            runs.put(plan, ReportedRuns.read(FOLDER.resolve(plan + ".csv")));
        }
        return runs.get(plan);
    }

    private static void requireWritten(String name, String text) throws IOException {
        Path file = FOLDER.resolve(name);
        if (Boolean.getBoolean("logitstream.writeReport")) {
            Files.writeString(file, text);
        }
        assertThat(file)
                .as("%s; -Dlogitstream.writeReport=true writes it", name)
                .hasContent(text);
    }
}
