package io.logitstream.exploration.results;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.pipeline.config.PageConfig;
import io.logitstream.pipeline.page.LivePage;
import io.logitstream.pipeline.page.LivePageServer;
import io.logitstream.pipeline.page.LiveStudentRow;
import io.logitstream.pipeline.status.StagePosition;
import io.logitstream.student.metrics.StepMetrics;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The live page, also in a browser if one is installed. */
class LivePageTest {
    @TempDir
    private Path folder;

    private final LivePage live = new LivePage("explore", "a <plan>");
    private final LivePageServer server = LivePageServer.start(new PageConfig(0), live);

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void itServesStagesStudentsAndTheTimeLeft() throws Exception {
        runAStudent();
        live.setPositions(
                () -> List.of(
                        StagePosition.of("produce", "tokens", 40, null, 0.0, true),
                        StagePosition.of("teach", "the-group", 30, 40L, 2.5, false)),
                Map.of("the-group", "tokens"));
        live.setPublished("tokens", 80_000, 1);
        live.setSecondsLeft(() -> 90.0);

        JsonNode json = json("live.json");

        assertThat(json.get("state").asText()).isEqualTo("running");
        assertThat(json.get("secondsLeft").asDouble()).isEqualTo(90);
        assertThat(json.at("/stages/0/tokens").asLong()).isEqualTo(80_000);
        assertThat(json.at("/stages/1/tokens").asLong()).isEqualTo(60_000);
        assertThat(json.at("/stages/1/tokensEnd").asLong()).isEqualTo(80_000);
        assertThat(json.at("/stages/1/tokensPerSecond").asDouble()).isEqualTo(5000);
        assertThat(json.at("/stages/1/secondsLeft").asDouble()).isEqualTo(4);
        assertThat(json.at("/students/0/state").asText()).isEqualTo("running");
        assertThat(json.at("/students/0/tokens").asLong()).isEqualTo(300);
        assertThat(json.at("/students/0/lag").asLong()).isEqualTo(7);
        assertThat(json.at("/students/1/state").asText()).isEqualTo("waiting");
        assertThat(json("curves.json").at("/curves/one/lm")).hasSize(30);
        assertThat(json("report.json").isNull()).isTrue();
    }

    @Test
    void itOnlyShowsAndOnlyToThisMachine() throws Exception {
        assertThat(status("GET / HTTP/1.1", "localhost:" + server.port())).contains(" 200 ", "default-src 'none'");
        assertThat(status("GET /live.json HTTP/1.1", "127.0.0.1")).contains(" 200 ");
        assertThat(status("HEAD /live.json HTTP/1.1", "[::1]:80")).contains(" 200 ");
        assertThat(status("GET /live.json HTTP/1.1", "elsewhere.example:" + server.port()))
                .contains(" 421 ")
                .doesNotContain("running");
        assertThat(status("GET /live.json HTTP/1.1", "localhost.example")).contains(" 421 ");
        assertThat(status("POST /live.json HTTP/1.1", "localhost")).contains(" 405 ");
        assertThat(status("GET /../etc/passwd HTTP/1.1", "localhost")).contains(" 404 ");
        assertThatThrownBy(() -> LivePageServer.start(new PageConfig(server.port()), live))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("127.0.0.1:" + server.port())
                .hasMessageContaining("choose another page.port");
        assertThatThrownBy(() -> new PageConfig(70000)).hasMessage("page.port 70000 is not in [0, 65535]");
        assertThat(LivePageServer.start(new PageConfig(null), live)).isNull();
    }

    @Test
    void aPageThatIsOpenSeesTheEndBeforeTheServerStops() throws Exception {
        json("live.json");
        live.runToEnd(() -> null, "results in a folder");

        CompletableFuture<Void> closing = CompletableFuture.runAsync(server::close);
        JsonNode json = json("live.json");
        json("report.json");

        assertThat(json.get("state").asText()).isEqualTo("finished");
        closing.get(4, TimeUnit.SECONDS);
    }

    @Test
    void aFailureIsShown() throws Exception {
        assertThatThrownBy(() -> live.runToEnd(
                        () -> {
                            throw new LogitstreamException("the disk is full");
                        },
                        "well"))
                .hasMessage("the disk is full");

        assertThat(json("live.json").get("state").asText()).isEqualTo("failed");
        assertThat(json("live.json").get("doing").asText()).isEqualTo("the disk is full");
    }

    @Test
    void aBrowserShowsWhatGoesOn() throws Exception {
        runAStudent();
        live.setPositions(
                () -> List.of(
                        StagePosition.of("produce", "tokens", 40, null, 0.0, true),
                        StagePosition.of("teach", "the-group", 30, 40L, 2.5, false)),
                Map.of("the-group", "tokens"));
        live.setPublished("tokens", 80_000, 1);

        String dom = Browser.dom(folder, URI.create("http://127.0.0.1:" + server.port() + "/"));

        assertThat(dom)
                .doesNotContain("data-error")
                .contains(
                        "explore: a &lt;plan&gt;",
                        "the-group",
                        "60k",
                        "of 80k tokens",
                        "75 %",
                        "5000 tokens/s",
                        "about 4 s left",
                        "one seed 1",
                        "30 %",
                        "lag 7 batches",
                        "waiting",
                        "<canvas")
                .doesNotContain("data-over");
        assertThat(dom.replaceAll("(?s)<script.*?</script>", ""))
                .contains("not known yet", "progress")
                .doesNotContain("offsets", ", some", "<b>?</b>", "<th></th>", "results.json");
    }

    @Test
    void aBrowserShowsTheReportOfWhatIsFinishedAndTheEnd() throws Exception {
        SyntheticExploration finished = SyntheticExploration.of(
                folder, "axes: {selection.topK: [1, 50]}\nruns: {lm: {loss.alpha: 0}}\nseeds: [1, 2]");
        live.setReport(finished.json(List.of()));
        live.runToEnd(() -> null, "results in a folder");

        String dom = Browser.dom(folder, URI.create("http://127.0.0.1:" + server.port() + "/"));

        assertThat(dom)
                .doesNotContain("data-error")
                .contains(
                        "data-over=\"finished\"",
                        "results in a folder",
                        "Against lm",
                        "One axis at a time",
                        "All runs (");
    }

    private void runAStudent() {
        LiveStudentRow student = live.add(new LiveStudentRow("one", "one seed 1", folder.resolve("none"), 1000L));
        live.add(new LiveStudentRow("two", "two seed 1", folder.resolve("none"), 1000L));
        student.onStart(0, 1000, 5);
        for (int step = 1; step <= 30; step++) {
            student.onStep(new StepMetrics(step, 10L * step, 0, 5, 6, 4, 0.5, 1e-3, 1, false), 7);
        }
    }

    private JsonNode json(String what) throws IOException, InterruptedException {
        HttpResponse<String> answer = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://localhost:" + server.port() + "/" + what))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).isEqualTo(200);
        return new ObjectMapper().readTree(answer.body());
    }

    /** The answer to a request with any host name, which Java's HTTP client does not allow. */
    private String status(String request, String host) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", server.port())) {
            socket.getOutputStream()
                    .write((request + "\r\nHost: " + host + "\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
