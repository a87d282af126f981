package io.logitstream.cli.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The alerts of Prometheus are those of docs/reference/alerts.md, and each is raised by its fault. */
class AlertsTest {
    private static final Path ROOT = Path.of("..");
    /** Heading with the alert's name, followed by a paragraph with expression and duration. */
    private static final Pattern SECTION = Pattern.compile("(?s)### `(\\w+)`\n\n(.*?)\n\n");

    @Test
    void thePageListsEachAlertAsItIs() throws IOException {
        List<String> rows = new ArrayList<>();
        JsonNode rules = new YAMLMapper()
                .readTree(ROOT.resolve("docker/prometheus/alerts.yml").toFile());
        for (JsonNode group : rules.get("groups")) {
            for (JsonNode rule : group.get("rules")) {
                String wait = rule.has("for") ? " for " + rule.get("for").asText() : "";
                rows.add(rule.get("alert").asText() + " `" + rule.get("expr").asText() + "`" + wait);
            }
        }

        String page = Files.readString(ROOT.resolve("docs/reference/alerts.md"));
        assertThat(SECTION.matcher(page)
                        .results()
                        .map(alert -> alert.group(1) + " " + alert.group(2).replaceAll("\\s+", " ")))
                .hasSizeGreaterThan(10)
                .containsExactlyElementsOf(rows);
    }

    @Test
    void eachAlertIsRaisedByItsFaultAndByNothingElse() throws Exception {
        boolean there = Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, "promtool")));
        assumeTrue(there, "no promtool, which comes with Prometheus");

        Process promtool = new ProcessBuilder(
                        "promtool",
                        "test",
                        "rules",
                        ROOT.resolve("docker/test/alerts.yml").toString())
                .redirectErrorStream(true)
                .start();
        String answer = new String(promtool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(promtool.waitFor()).as(answer).isZero();
    }

    @Test
    void everyAlertIsInTheTestOfTheFaults() throws IOException {
        String faults = Files.readString(ROOT.resolve("docker/test/alerts.yml"));

        JsonNode rules = new YAMLMapper()
                .readTree(ROOT.resolve("docker/prometheus/alerts.yml").toFile());
        rules.findValuesAsText("alert").forEach(alert -> assertThat(faults).contains(alert));
    }
}
