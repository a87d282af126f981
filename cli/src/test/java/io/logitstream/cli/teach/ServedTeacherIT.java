package io.logitstream.cli.teach;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.cli.testing.CliCall;
import io.logitstream.cli.testing.CliProcess;
import io.logitstream.cli.testing.SharedCluster;
import io.logitstream.cli.testing.SharedCluster.Cluster;
import io.logitstream.cli.testing.TopicKeys;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.schemas.LogitsBatch;
import io.logitstream.schemas.codec.LogitsBatches;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.teacher.served.standin.StandInServer;
import io.logitstream.teacher.served.standin.StandInServer.Format;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A teacher behind a server, from the command line to the topic and the student. */
@ExtendWith(SharedCluster.class)
class ServedTeacherIT {
    private static final String TOKENS = "served-tokens";
    private static final String IN_PROCESS = "served-in-process";

    @TempDir
    private Path folder;

    @Test
    void allFormatsOfBothServersGiveTheLogitsOfTheModelInThisProcess(Cluster cluster) throws Exception {
        Torch.start(1);
        try (ServedRun run = new ServedRun(cluster, folder)) {
            CliCall.run(run.command("produce", TOKENS, IN_PROCESS)).requireSuccess();
            CliCall.run(run.command("teach", TOKENS, IN_PROCESS, "--set", "teach.codec=plain"))
                    .requireSuccess();
            Map<String, LogitsBatch> expected = run.logits(IN_PROCESS);
            assertThat(expected).hasSizeGreaterThan(50);
            for (Format format : Format.values()) {
                String topic = "served-" + format.name().toLowerCase(Locale.ROOT);
                try (StandInServer server = run.server(format)) {
                    List<String> settings = run.served(format, server.url(), "teach.codec=plain");
                    CliCall call = CliCall.run(run.command("teach", TOKENS, topic, settings.toArray(String[]::new)))
                            .requireSuccess();
                    assertThat(call.out()).containsPattern("the teacher's loss on them \\d\\.\\d{4} nats");
                }
                assertSame(run.logits(topic), expected, format);
                assertThat(positionsOf(cluster, topic)).isEqualTo(positionsOf(cluster, IN_PROCESS));
            }
        }
    }

    @Test
    void aStreamFillsTheServerFromAllPartitionsAndOutlivesAnOutageInItsGroup(Cluster cluster) throws Exception {
        Torch.start(1);
        String tokens = "outage-tokens";
        String logits = "outage-logits";
        try (ServedRun run = new ServedRun(cluster, folder)) {
            CliCall.run(run.command("produce", tokens, logits)).requireSuccess();
            StandInServer server = run.server(Format.SGLANG_FLAT_BASE64).delayMillis(200);
            int port = server.port();
            Path clients = Files.writeString(folder.resolve("clients.properties"), """
                consumer.session.timeout.ms=2000
                consumer.heartbeat.interval.ms=500
                consumer.max.poll.interval.ms=4000
                producer.transaction.timeout.ms=3000
                """);
            List<String> settings = run.served(
                    Format.SGLANG_FLAT_BASE64, server.url(), "teach.server.requests=8", "teach.server.retrySeconds=60");
            settings.addAll(List.of("--command-config", clients.toString()));
            try (CliProcess teach = CliProcess.start(
                            folder.resolve("logs"),
                            run.command("teach", tokens, logits, settings.toArray(String[]::new)));
                    TeacherGroup group = new TeacherGroup(cluster.kafka(), logits)) {
                teach.await("fills the server", () -> server.mostRunning() >= 8);
                teach.await("writes", () -> group.written(List.of(0, 1, 2, 3)) > 0);
                Map<String, Set<Integer>> members = group.partitions();
                server.close();
                // Longer than the transaction and the longest pause between two polls may take.
                for (int i = 0; i < 12; i++) {
                    TimeUnit.MILLISECONDS.sleep(500);
                    assertThat(group.partitions()).as("members of the group").isEqualTo(members);
                    assertThat(teach.isAlive()).as(teach.stderr()).isTrue();
                }
                try (StandInServer again = run.server(Format.SGLANG_FLAT_BASE64, port)) {
                    teach.awaitSuccess();
                    assertThat(again.scored()).isPositive();
                }
                assertThat(teach.stderr()).doesNotContain("fenced", "rejoin", "\tat ");
            } finally {
                server.close();
            }
            assertThat(positionsOf(cluster, logits)).isEqualTo(positionsOf(cluster, tokens));
        }
    }

    @Test
    void aServerThatStaysAwayEndsTheCommandWithOneLine(Cluster cluster) throws Exception {
        Torch.start(1);
        String tokens = "gone-tokens";
        String logits = "gone-logits";
        try (ServedRun run = new ServedRun(cluster, folder)) {
            CliCall.run(run.command("produce", tokens, logits)).requireSuccess();
            StandInServer server = run.server(Format.VLLM_COMPLETIONS).delayMillis(50);
            int port = server.port();
            List<String> settings = run.served(
                    Format.VLLM_COMPLETIONS, server.url(), "teach.server.requests=2", "teach.server.retrySeconds=1");
            try (CliProcess teach = CliProcess.start(
                    folder.resolve("logs"), run.command("teach", tokens, logits, settings.toArray(String[]::new)))) {
                teach.await("asks", () -> server.scored() > 20);
                server.close();
                assertThat(teach.exitCode()).isEqualTo(1);
                List<String> told = teach.stderr()
                        .lines()
                        .filter(line -> line.startsWith("logitstream: "))
                        .toList();
                assertThat(told).singleElement().asString().contains(tokens + "-", "127.0.0.1:" + port);
            } finally {
                server.close();
            }
            Map<String, LogitsBatch> written = run.logits(logits);
            assertThat(written.size())
                    .isLessThan(TopicKeys.read(cluster.kafka(), tokens).size() - 4);
            try (StandInServer again = run.server(Format.VLLM_COMPLETIONS, port)) {
                CliCall.run(run.command("teach", tokens, logits, settings.toArray(String[]::new)))
                        .requireSuccess();
                assertThat(again.scored()).isPositive();
            }
            assertThat(positionsOf(cluster, logits)).isEqualTo(positionsOf(cluster, tokens));
        }
    }

    @Test
    void refusedPromptsAreDeadLettersOnceTheServerHasScoredOthers(Cluster cluster) throws Exception {
        Torch.start(1);
        String tokens = "refused-tokens";
        String logits = "refused-logits";
        try (ServedRun run = new ServedRun(cluster, folder);
                StandInServer server = run.server(Format.VLLM_COMPLETIONS)) {
            String[] settings =
                    run.served(Format.VLLM_COMPLETIONS, server.url()).toArray(String[]::new);
            CliCall.run(run.command("produce", tokens, logits)).requireSuccess();

            server.maxModelLen(20);
            CliCall all = CliCall.run(run.command("teach", tokens, logits, settings));
            assertThat(all.code()).as(all.err()).isEqualTo(2);
            assertThat(all.err()).contains("the longest context is 20", "this teacher has scored no such rows");
            assertThat(TopicKeys.read(cluster.kafka(), logits + "-dead-letters"))
                    .isEmpty();

            server.maxModelLen(40);
            CliCall.run(run.command("teach", tokens, logits, settings)).requireSuccess();
            List<String> taught = positionsOf(cluster, logits);
            assertThat(taught).isEqualTo(positionsOf(cluster, tokens));

            // Behind the end markers of the first corpus comes one whose rows the server does not take.
            CliCall.run(run.command(
                            "produce", tokens, logits, "--set", "corpus.name=long", "--set", "corpus.contextLength=64"))
                    .requireSuccess();
            CliCall some = CliCall.run(run.command("teach", tokens, logits, settings));
            assertThat(some.code()).as(some.err()).isEqualTo(1);
            assertThat(some.err()).contains("are dead letters", "a prompt of 65 tokens", "the longest context is 40");
            assertThat(TopicKeys.read(cluster.kafka(), logits + "-dead-letters"))
                    .hasSizeGreaterThan(10)
                    .allMatch(entry -> entry.key().startsWith("long/"));
        }
    }

    @Test
    void aStudentOfAServedTeacherEndsWhereThatOfTheModelInThisProcessDoes(Cluster cluster) throws Exception {
        Torch.start(1);
        try (ServedRun run = new ServedRun(cluster, folder);
                StandInServer server = run.server(Format.VLLM_GENERATE)) {
            JsonNode inProcess = distill(run, "in-process", List.of());
            List<String> settings = run.served(Format.VLLM_GENERATE, server.url());
            JsonNode served = distill(run, "served", settings);

            double difference = served.at("/students/pd/loss").asDouble()
                    - inProcess.at("/students/pd/loss").asDouble();
            System.out.printf("loss of the student of the served teacher minus the other's: %.6f%n", difference);
            assertThat(difference).isCloseTo(0, within(0.02));
            for (String metric : List.of("loss", "perplexity", "bitsPerByte", "calibrationError")) {
                assertThat(served.at("/teacher/" + metric).asDouble())
                        .as(metric + " of the teacher")
                        .isCloseTo(inProcess.at("/teacher/" + metric).asDouble(), within(1e-3));
            }
            double corpusLoss = served.at("/teacherCorpusLoss").asDouble();
            assertThat(corpusLoss).isBetween(3.0, 9.0);
            assertThat(inProcess.has("teacherCorpusLoss")).isFalse();
            JsonNode text = report("served").at("/results/topics/0/teacherText");
            assertThat(text.get("tokens").asLong()).isGreaterThan(1000);
            assertThat(text.get("nats").asDouble() / text.get("tokens").asDouble())
                    .isCloseTo(corpusLoss, within(1e-9));
            assertThat(report("served").at("/about/teacher").asText()).isEqualTo("vllm:" + server.url());
            assertThat(report("in-process").at("/results/topics/0").has("teacherText"))
                    .isFalse();
            assertThat(served.at("/students/pd/keptOnly").booleanValue()).isTrue();
            assertThat(served.at("/students/pd/klToTeacher").asDouble())
                    .isPositive()
                    .isLessThanOrEqualTo(
                            inProcess.at("/students/pd/klToTeacher").asDouble() + 0.02);

            List<String> line = new ArrayList<>(settings);
            line.addAll(List.of(
                    "--topic",
                    "distill-held-out-served",
                    "--json",
                    folder.resolve("served/students/pd").toString()));
            CliCall evaluated = CliCall.run(run.command("evaluate", "none", "none", line.toArray(String[]::new)))
                    .requireSuccess();
            for (String metric : List.of("loss", "klToTeacher", "top1Agreement")) {
                assertThat(new ObjectMapper()
                                .readTree(evaluated.out())
                                .at("/pd/" + metric)
                                .asDouble())
                        .isCloseTo(served.at("/students/pd/" + metric).asDouble(), within(1e-5));
            }
            line.addAll(List.of("--set", "heldOut.documents=isolated"));
            CliCall.run(run.command("evaluate", "none", "none", line.toArray(String[]::new)))
                    .requireFailure(1, "are joined, but corpus.documents is isolated");
        }
    }

    private JsonNode distill(ServedRun run, String name, List<String> settings) throws IOException {
        Path out = folder.resolve(name);
        List<String> line = new ArrayList<>(settings);
        line.addAll(List.of("--out", out.toString(), "--set", "topics.heldOut=distill-held-out-" + name));
        CliCall.run(run.command(
                        "distill", "distill-tokens-" + name, "distill-logits-" + name, line.toArray(String[]::new)))
                .requireSuccess();
        return new ObjectMapper().readTree(out.resolve("summary.json").toFile());
    }

    private JsonNode report(String name) throws IOException {
        String html = Files.readString(folder.resolve(name).resolve("report.html"));
        String opening = "<script type=\"application/json\" id=\"data\">";
        int from = html.indexOf(opening) + opening.length();
        return new ObjectMapper().readTree(html.substring(from, html.indexOf("</script>", from)));
    }

    private static List<String> positionsOf(Cluster cluster, String topic) {
        return TopicKeys.read(cluster.kafka(), topic).stream()
                .map(entry -> entry.partition() + " " + entry.key())
                .toList();
    }

    private static void assertSame(Map<String, LogitsBatch> found, Map<String, LogitsBatch> expected, Format format) {
        assertThat(found.keySet()).containsExactlyInAnyOrderElementsOf(expected.keySet());
        SparseLogits served = new SparseLogits();
        SparseLogits local = new SparseLogits();
        expected.forEach((key, batch) -> {
            LogitsBatch other = found.get(key);
            assertThat(other.getBatch()).isEqualTo(batch.getBatch());
            assertThat(other.getSelection()).isEqualTo(batch.getSelection());
            assertThat(other.getCodec()).isEqualTo("plain-supports");
            assertThat(other.getTeacher().getId())
                    .isEqualTo(format.name().startsWith("VLLM") ? "vllm:tiny" : "sglang:tiny");
            LogitsBatches.decode(other, served);
            LogitsBatches.decode(batch, local);
            assertThat(served.hasStatistics()).isFalse();
            assertThat(Arrays.copyOf(served.offsets(), served.positions() + 1))
                    .as("%s %s: kept entries of each position", format, key)
                    .isEqualTo(Arrays.copyOf(local.offsets(), local.positions() + 1));
            for (int i = 0; i < local.positions(); i++) {
                assertSamePosition(served, local, i, format + " " + key + " at position " + i);
            }
        });
    }

    /**
     * Compares the entries of a position by their ids. Prompts of other shapes than the batch differ in the last bits, so
     * that equally likely ids may change places, also at the end of the support.
     */
    private static void assertSamePosition(SparseLogits served, SparseLogits local, int position, String where) {
        int from = local.offsets()[position];
        int to = local.offsets()[position + 1];
        Map<Integer, Float> expected = new HashMap<>();
        for (int e = from; e < to; e++) {
            expected.put(local.ids()[e], local.logProbs()[e]);
        }
        float last = local.logProbs()[to - 1];
        for (int e = from; e < to; e++) {
            assertThat(served.logProbs()[e]).as(where).isCloseTo(local.logProbs()[e], within(1e-5f));
            assertThat(served.logProbs()[e])
                    .as("%s, id %d", where, served.ids()[e])
                    .isCloseTo(expected.getOrDefault(served.ids()[e], last), within(1e-5f));
        }
        assertThat(served.tailMass()[position]).as(where).isCloseTo(local.tailMass()[position], within(1e-5f));
    }
}
