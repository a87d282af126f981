package io.logitstream.cli.explore;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.cli.testing.CliProcess;
import io.logitstream.cli.testing.SharedCluster;
import io.logitstream.cli.testing.SharedCluster.Cluster;
import io.logitstream.cli.testing.TinyRun;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * An exploration with an embedded cluster that is killed with SIGKILL at random points. {@code -Dlogitstream.kills=10}
 * sets the number of kills.
 */
@ExtendWith(SharedCluster.class)
class ExploreKillIT {
    private static final int KILLS = Integer.getInteger("logitstream.kills", 3);
    private static final String PLAN = """
      mode: grid
      axes: {loss.kind: [nll, mse]}
      runs: {lm: {loss.alpha: 0}}
      seeds: [1, 2]
      """;

    @TempDir
    private static Path folder;

    @Test
    void killedAtRandomPointsItRepeatsNoFinishedRunAndEndsWithTheSameFigures(Cluster cluster) throws Exception {
        TinyRun run = TinyRun.create(folder.resolve("run"));
        TinyExploration undisturbed = TinyExploration.of(run, folder, "undisturbed");
        undisturbed.write(PLAN);
        // In a process like those that are killed: the last bits of an evaluation depend on the number of processors.
        try (CliProcess process = CliProcess.start(folder.resolve("logs"), cluster.on(undisturbed.command()))) {
            process.awaitSuccess();
        }

        TinyExploration killed = TinyExploration.of(run, folder, "killed");
        Random random = new Random(3);
        List<String> reached = new ArrayList<>();
        Map<String, FileTime> finished = Map.of();
        Map<String, FileTime> trained = Map.of();
        for (int kill = 0; kill < KILLS; kill++) {
            try (CliProcess process = CliProcess.start(folder.resolve("logs"), killed.command("--page"))) {
                int before = killed.finished().size();
                long modelsBefore = killed.models();
                BooleanSupplier[] points = {
                    () -> killed.checkpoints() > 0,
                    () -> killed.models() > modelsBefore,
                    () -> killed.finished().size() > before,
                    () -> true
                };
                URI page = URI.create(process.await("page on (http\\S+)\\R").group(1));
                process.await("comes to the next point", points[Math.min(kill, points.length - 1)]);
                if (kill == 0) {
                    requirePage(page);
                }
                // The last kill is anywhere between the start of the broker and the last run.
                CliProcess.pause(random.nextInt(kill < points.length - 1 ? 400 : 5000));
                assertThat(process.isAlive())
                        .as("the exploration ended before the last kill")
                        .isTrue();
                process.kill();
            }
            requireKept(killed, finished, trained);
            finished = killed.finished();
            trained = killed.trained();
            reached.add(finished.size() + " finished, " + trained.size() + " trained");
        }
        try (CliProcess process = CliProcess.start(folder.resolve("logs"), killed.command())) {
            process.awaitSuccess();
        }

        requireKept(killed, finished, trained);
        assertThat(killed.checkpoints()).isZero();
        assertThat(killed.finished())
                .as("killed with %s", reached)
                .hasSize(6)
                .containsOnlyKeys(undisturbed.finished().keySet().toArray(String[]::new));
        for (String id : killed.finished().keySet()) {
            assertThat(killed.state(id).get("evaluation"))
                    .as("killed with %s", reached)
                    .isEqualTo(undisturbed.state(id).get("evaluation"));
        }
        assertThat(killed.results().at("/topics/0/teacherForwards").asLong())
                .isGreaterThanOrEqualTo(
                        undisturbed.results().at("/topics/0/teacherForwards").asLong());
    }

    private static void requireKept(
            TinyExploration now, Map<String, FileTime> finished, Map<String, FileTime> trained) {
        assertThat(now.finished()).containsAllEntriesOf(finished);
        assertThat(now.trained()).as("a trained student was trained again").containsAllEntriesOf(trained);
    }

    private static void requirePage(URI page) throws Exception {
        HttpResponse<String> answer = HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(page.resolve("live.json")).build(), HttpResponse.BodyHandlers.ofString());
        JsonNode live = new ObjectMapper().readTree(answer.body());
        assertThat(live.get("state").asText()).isEqualTo("running");
        assertThat(live.get("students")).hasSize(6);
        assertThat(live.get("title").asText()).isEqualTo("tiny");
    }
}
