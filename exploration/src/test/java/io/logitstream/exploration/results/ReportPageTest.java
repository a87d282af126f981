package io.logitstream.exploration.results;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The report, also in a browser if one is installed. */
class ReportPageTest {
    private static final int MOST_BYTES = 5_000_000;
    private static final String HUNDRED_RUNS = """
      description: What matters & what does not <here>
      paper: The choice hardly matters.
      found: It does here.
      mode: grid
      axes:
        selection.topK: [1, 5, 20, 50, 100]
        loss.kind: [nll, kld, mse, jsd, skew-kl]
      seeds: [1, 2, 3, 4]
      prompts: ["public "]
      """;
    private static final String ONE_AXIS = """
      axes: {selection.topK: [1, 3, 5, 10, 20, 50, 100]}
      runs: {lm: {loss.alpha: 0}}
      seeds: [1, 2, 3]
      """;

    @TempDir
    private static Path folder;

    private static String hundredRuns;
    private static String oneAxis;
    private final Path page = folder.resolve("report.html");

    @BeforeAll
    static void makeThePages() throws IOException {
        SyntheticExploration exploration = SyntheticExploration.of(folder, HUNDRED_RUNS);
        assertThat(exploration.results().runs()).hasSize(100);
        hundredRuns = exploration.html(List.of());
        List<Map<String, Double>> points = List.of(
                Map.of("tokens", 1e5, "value", 5.0, "low", 4.9, "high", 5.1),
                Map.of("tokens", 1e6, "value", 4.5, "low", 4.4, "high", 4.6));
        Map<String, Object> law = Map.of(
                "name",
                "text alone",
                "law",
                "E + A / N^alpha + B / D^beta",
                "deviation",
                0.004,
                "constants",
                Map.of("E", Map.of("value", 2.0, "low", 1.8, "high", 2.3)),
                "runs",
                List.of(Map.of("parameters", 1e6, "tokens", 4e5, "loss", 4.7)),
                "curves",
                List.of(Map.of("parameters", 1e6, "points", points)));
        oneAxis = SyntheticExploration.of(folder, ONE_AXIS).html(List.of(law));
    }

    @Test
    void aHundredRunsAreFarBelowFiveMegabytes() {
        assertThat(hundredRuns.getBytes(StandardCharsets.UTF_8).length).isLessThan(MOST_BYTES);
    }

    @Test
    void nothingIsLoadedFromElsewhere() {
        assertThat(oneAxis.replace("http://www.w3.org/2000/svg", "")
                        .replace("/*! https://github.com/leeoniya/uPlot ", ""))
                .doesNotContain("http://", "https://", "src=", "@import", "url(//")
                .doesNotContain("@DATA@", "@CSS@")
                .contains("default-src 'none'", "Permission is hereby granted");
    }

    @Test
    void whatAModelWritesCannotEndTheScript() {
        assertThat(hundredRuns.split("</script>", -1)).hasSize(3);
    }

    @Test
    void aBrowserShowsAHundredRuns() throws Exception {
        Files.writeString(page, hundredRuns);

        String dom = Browser.dom(folder, page.toUri());

        assertThat(dom)
                .doesNotContain("data-error")
                .contains(
                        "data-ready=",
                        "100 of 100",
                        "What matters &amp; what does not",
                        "It does here.",
                        "selection.topK by loss.kind: loss",
                        "Curves",
                        "Size against quality",
                        "Samples: public",
                        "All runs (100)");
        assertThat(dom.split("<svg", -1)).hasSizeGreaterThan(3);
        assertThat(dom.split("<canvas", -1)).hasSize(2);
    }

    @Test
    void aBrowserTellsWhatWasRunWithUnitsAndOnlyFilesThatAreThere() throws Exception {
        Files.writeString(page, oneAxis);

        String dom = Browser.dom(folder, page.toUri());

        assertThat(body(dom))
                .contains(
                        "logitstream explore synthetic.yaml",
                        "held-out loss of the teacher, java-4m",
                        "teacher java-4m",
                        "<b>3.4662</b><span>loss of the teacher on the corpus, 401,408 tokens</span>",
                        "Resolved configuration of base, seed 1",
                        "alpha: 0.9",
                        "nats per token",
                        "bytes per token",
                        "The same data, beside this file: results.json.",
                        "1.1M",
                        "text loss",
                        "distillation loss")
                .doesNotContain("results.csv", "lm: loss", "kd:", "<th></th>");
        // The baseline has the thinner line.
        assertThat(body(dom))
                .containsPattern("border-top: ?1.2px dashed [^\"]+\"></i>lm<")
                .containsPattern("border-top: ?2px solid [^\"]+\"></i>topK=1<");
    }

    @Test
    void aHeatMapHasAScaleThatHoldsInBothThemes() throws Exception {
        Files.writeString(page, hundredRuns);

        assertThat(body(Browser.dom(folder, page.toUri())))
                .containsPattern(">worst 4\\.\\d+<")
                .containsPattern(">4\\.\\d+ best<")
                .doesNotContain("darker");
    }

    @Test
    void sizesAreNoFrontWhereThereIsOne() throws Exception {
        Files.writeString(
                page,
                SyntheticExploration.of(folder, "axes: {loss.kind: [nll, kld]}\nruns: {lm: {loss.alpha: 0}}")
                        .html(List.of()));

        assertThat(body(Browser.dom(folder, page.toUri())))
                .contains("One seed", "All runs (")
                .doesNotContain("Size against quality");
    }

    @Test
    void aNarrowWindowSaysThatATableGoesOn() throws Exception {
        Files.writeString(page, oneAxis);

        assertThat(body(Browser.dom(folder, page.toUri(), 500)))
                .contains("class=\"scroll wide\"", "more columns to the right");
        assertThat(body(Browser.dom(folder, page.toUri(), 1280))).doesNotContain("class=\"scroll wide\"");
    }

    @Test
    void valuesAreShownUnderThePointer() throws Exception {
        String pointer = "const over = document.querySelector('.u-over'), box = over.getBoundingClientRect();"
                + "for (const type of ['mouseenter', 'mousemove']) over.dispatchEvent(new MouseEvent(type,"
                + " {clientX: box.left + box.width / 2, clientY: box.top + 50, bubbles: true}));";
        Files.writeString(
                page,
                oneAxis.replaceFirst("<meta http-equiv[^>]*>", "")
                        .replace("</body>", "<script>setTimeout(() => {" + pointer + "}, 500)</script></body>"));

        assertThat(body(Browser.dom(folder, page.toUri())))
                .containsPattern("<b>\\d+k tokens</b>")
                .containsPattern("<span>topK=1</span><b>\\d\\.\\d+</b>")
                .containsPattern("<span>lm</span><b>\\d\\.\\d+</b>");
    }

    @Test
    void onlyThePagesOwnScriptRuns() throws Exception {
        String title = "@DATA@@SCRIPT@</title><script>document.documentElement.dataset.evil = 1</script>";
        String html = ReportPage.html(
                title,
                SyntheticExploration.of(
                                folder,
                                ONE_AXIS.replace(
                                        "axes",
                                        "description: \"@TITLE@ </script><img src=x onerror='document.documentElement.dataset.evil=1'>\"\naxes"))
                        .json(List.of()));
        // A script that would enter the page if escaping failed.
        Files.writeString(
                page, html.replace("</body>", "<script>document.documentElement.dataset.evil = 1</script></body>"));

        String dom = Browser.dom(folder, page.toUri());

        assertThat(dom)
                .contains("data-ready=", "<title>@DATA@@SCRIPT@&lt;/title&gt;", "@TITLE@ &lt;/script&gt;")
                .doesNotContain("data-evil=", "data-error");
    }

    private static String body(String dom) {
        // The scripts contain all texts, also those that are not shown.
        return dom.replaceAll("(?s)<script.*?</script>", "");
    }

    @Test
    void aBrowserShowsOneAxisAndScalingLaws() throws Exception {
        Files.writeString(page, oneAxis);

        String dom = Browser.dom(folder, page.toUri());

        assertThat(dom)
                .doesNotContain("data-error")
                .contains("data-ready=", "One axis at a time", "Against lm", "Scaling: text alone", "1.8 to 2.3");
    }
}
