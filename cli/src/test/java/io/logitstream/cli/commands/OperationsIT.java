package io.logitstream.cli.commands;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toList;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.cli.testing.CliCall;
import io.logitstream.cli.testing.CliProcess;
import io.logitstream.cli.testing.SharedCluster;
import io.logitstream.cli.testing.SharedCluster.Cluster;
import io.logitstream.cli.testing.TinyRun;
import io.logitstream.cli.testing.TopicKeys;
import io.logitstream.files.Sha256;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Operations: status of the stages, a deleted topic, an incompatible schema. */
@ExtendWith(SharedCluster.class)
class OperationsIT {
    @TempDir
    private Path folder;

    private TinyRun run;
    private Cluster cluster;

    @BeforeEach
    void createRun(Cluster sharedCluster) throws Exception {
        cluster = sharedCluster;
        run = TinyRun.create(folder.resolve("run"));
    }

    @Test
    void theStatusOfAFinishedPipelineIsCompleteThroughout() throws Exception {
        Path student = folder.resolve("status-pd");
        for (String[] stage : new String[][] {{"produce"}, {"teach"}, {"train", "--out", student.toString()}}) {
            CliCall.run(command("status", stage[0], Arrays.copyOfRange(stage, 1, stage.length)))
                    .requireSuccess();
        }

        CliCall table = CliCall.run(command("status", "status", "--seconds", "0.2", "--student", student.toString()));
        CliCall json =
                CliCall.run(command("status", "status", "--seconds", "0.2", "--student", student.toString(), "--json"));

        table.requireSuccess();
        assertThat(table.out())
                .contains(
                        "status-tokens", "logitstream-teach-status-logits", "logitstream-train-status-pd", "complete");
        JsonNode stages = new ObjectMapper().readTree(json.requireSuccess().out());
        long logits = stage(stages, "status-logits").get("position").asLong();
        assertThat(stage(stages, "status-tokens").get("complete").asBoolean()).isTrue();
        assertThat(stage(stages, "logitstream-teach-status-logits").get("lag").asLong())
                .isZero();
        // Its budget ends before the end markers of the four partitions, which transaction markers follow.
        assertThat(stage(stages, "logitstream-train-status-pd").get("position").asLong())
                .isBetween(logits - 16, logits);
        JsonNode training = stage(stages, "status-pd");
        assertThat(training.get("complete").asBoolean()).isTrue();
        assertThat(training.get("position").asLong())
                .isEqualTo(training.get("end").asLong())
                .isPositive();
        assertThat(training.get("checkpoint").asText()).startsWith("step-");
    }

    @Test
    void aTopicWithoutStatisticsIsInspectedTrainedOnAndRefusedByTheLossesThatNeedThem() throws Exception {
        CliCall.run(command("served", "produce")).requireSuccess();
        CliCall.run(command("served", "teach", "--set", "teach.codec=compact-1-supports"))
                .requireSuccess();

        CliCall inspected = CliCall.run(command("served", "inspect", "--topic", "served-logits"));
        CliCall trained = CliCall.run(
                command("served", "train", "--out", folder.resolve("kld").toString()));
        CliCall refused = CliCall.run(command(
                "served",
                "train",
                "--out",
                folder.resolve("normkd").toString(),
                "--set",
                "loss.adaptiveTemperature=normkd"));

        assertThat(inspected.requireSuccess().out())
                .contains("codec        compact-1-supports", "entropy      no statistics (served teacher)");
        trained.requireSuccess();
        refused.requireFailure(1, "served-logits-", "@0", "no statistics over the vocabulary", "adaptiveTemperature");
        CliCall.run(command(
                        "served",
                        "teach",
                        "--set",
                        "teach.codec=compact-1-supports",
                        "--set",
                        "selection={method: sampled, topK: null}"))
                .requireFailure(2, "teach.codec compact-1-supports holds no samples");
    }

    @Test
    void aStudentOfAnArchiveHasTheWeightsOfOneOfTheTopicAlsoWhenKilled() throws Exception {
        for (String[] stage : new String[][] {{"produce"}, {"teach"}, {"produce", "--held-out"}}) {
            CliCall.run(command("shared", stage[0], Arrays.copyOfRange(stage, 1, stage.length)))
                    .requireSuccess();
        }
        Path archive = folder.resolve("archive");
        Path heldOut = folder.resolve("held-out-archive");
        CliCall.run(command("shared", "archive", "--topic", "shared-held-out", "--out", heldOut.toString()))
                .requireSuccess();
        Path ofTopic = folder.resolve("of-topic");
        Path ofArchive = folder.resolve("of-archive");
        CliCall.run(command("shared", "archive", "--topic", "shared-logits", "--out", archive.toString()))
                .requireSuccess();
        CliCall.run(command("shared", "train", "--out", ofTopic.toString(), "--set", "training.checkpointSteps=2"))
                .requireSuccess();
        String[] replay = run.command(
                "train",
                "--archive",
                archive.toString(),
                "--out",
                ofArchive.toString(),
                "--set",
                "training.checkpointSteps=2");

        try (CliProcess process = CliProcess.start(folder.resolve("logs"), replay)) {
            process.await("begins", () -> Files.exists(ofArchive.resolve("checkpoints")) || !process.isAlive());
            process.kill();
        }
        assertThat(CliCall.run(replay).requireSuccess().out()).contains("student in " + ofArchive);

        assertThat(Sha256.hex(ofArchive.resolve("model.safetensors")))
                .isEqualTo(Sha256.hex(ofTopic.resolve("model.safetensors")));
        restored(archive, ofTopic);
        CliCall.run(command("shared", "train", "--archive", archive.toString(), "--out", "x"))
                .requireFailure(2, "--archive takes the place of a cluster");
        String[] evaluating = run.command(
                "train",
                "--archive",
                archive.toString(),
                "--out",
                folder.resolve("evaluating").toString(),
                "--set",
                "training.evaluateSteps=2");
        CliCall.run(evaluating).requireFailure(2, "training.evaluateSteps", "does not hold", "--held-out-archive");
        evaluatedOn(heldOut, evaluating, ofTopic);
    }

    // Bytes on disk depend on how many records the writer puts into a batch of the topic.
    private static String withoutDisk(String inspected) {
        return inspected.replaceAll("\"diskBytesPerToken\" : [0-9.]+,", "");
    }

    /** The topic is deleted and restored: records, what inspect says of them, and a replay are as before. */
    private void restored(Path archive, Path ofTopic) throws Exception {
        String[] inspect = command("shared", "inspect", "--topic", "shared-logits", "--json");
        String before = CliCall.run(inspect).requireSuccess().out();
        List<TopicKeys.Entry> entries = TopicKeys.read(cluster.kafka(), "shared-logits");
        try (Admin admin = Admin.create(cluster.kafka().admin())) {
            admin.deleteTopics(List.of("shared-logits")).all().get();
        }
        while (TopicKeys.exists(cluster.kafka(), "shared-logits")) {
            CliProcess.pause(50);
        }

        CliCall.run(command("shared", "restore", "--archive", archive.toString()))
                .requireSuccess();
        Path replay = folder.resolve("of-restored");
        CliCall.run(command("shared", "train", "--out", replay.toString())).requireSuccess();

        assertThat(TopicKeys.read(cluster.kafka(), "shared-logits")).isEqualTo(entries);
        assertThat(withoutDisk(CliCall.run(inspect).requireSuccess().out())).isEqualTo(withoutDisk(before));
        assertThat(Sha256.hex(replay.resolve("model.safetensors")))
                .isEqualTo(Sha256.hex(ofTopic.resolve("model.safetensors")));
    }

    @Test
    void aPythonReaderTakesTheBatchesInOrderWithTheSchemasOfTheRegistry() throws Exception {
        String python = PythonTopic.python();
        Assumptions.assumeTrue(python != null, "no python3 with confluent_kafka and numpy on this machine");
        CliCall.run(command("python", "produce")).requireSuccess();
        CliCall.run(command("python", "teach")).requireSuccess();
        JsonNode inspected = new ObjectMapper()
                .readTree(CliCall.run(command("python", "inspect", "--topic", "python-logits", "--json"))
                        .requireSuccess()
                        .out());
        Map<Integer, List<String>> keys = TopicKeys.read(cluster.kafka(), "python-logits").stream()
                .filter(entry -> !entry.key().endsWith("/end"))
                .collect(groupingBy(TopicKeys.Entry::partition, mapping(TopicKeys.Entry::key, toList())));

        List<String> read = PythonTopic.read(python, cluster.kafka(), "python-logits", folder);

        List<String> inTurn = new ArrayList<>();
        for (int i = 0; i < read.size(); i++) {
            inTurn.add(keys.get(i % keys.size()).get(i / keys.size()));
        }
        assertThat(read).extracting(line -> line.split(" ")[0]).isEqualTo(inTurn);
        assertThat(read).hasSize(keys.values().stream().mapToInt(List::size).sum());
        assertThat(read.stream()
                        .mapToLong(line -> Long.parseLong(line.split(" ")[1]))
                        .sum())
                .isEqualTo(inspected.get("tokens").asLong());
    }

    /** A student of an archive, evaluated on an archive, has the numbers of one that is evaluated on the topic. */
    private void evaluatedOn(Path heldOut, String[] training, Path ofTopic) throws Exception {
        List<String> line = new ArrayList<>(List.of(training));
        line.addAll(List.of("--held-out-archive", heldOut.toString()));
        CliCall.run(line.toArray(String[]::new)).requireSuccess();
        JsonNode metrics = lastMetrics(folder.resolve("evaluating")).get("heldOut");
        JsonNode numbers = new ObjectMapper()
                .readTree(CliCall.run(command("shared", "evaluate", "--json", ofTopic.toString()))
                        .requireSuccess()
                        .out())
                .get("of-topic");

        assertThat(metrics.get("loss").asDouble()).isCloseTo(numbers.get("loss").asDouble(), within(1e-4));
        CliCall.run(run.command("train", "--held-out-archive", heldOut.toString(), "--out", "x"))
                .requireFailure(2, "--held-out-archive", "training.evaluateSteps");
    }

    private static JsonNode lastMetrics(Path student) throws IOException {
        List<String> lines = Files.readAllLines(student.resolve("metrics.jsonl"));
        return new ObjectMapper().readTree(lines.get(lines.size() - 1));
    }

    private static JsonNode stage(JsonNode stages, String name) {
        for (JsonNode stage : stages) {
            if (stage.get("name").asText().equals(name)) {
                return stage;
            }
        }
        throw new AssertionError(name + " is not in " + stages);
    }

    @Test
    void aTopicThatIsDeletedStopsThoseWhoReadIt() throws Exception {
        String[] forTheTeacher = command(
                "vanishing",
                "teach",
                "--forever",
                "--state",
                folder.resolve("state").toString());
        String[] forTheStudent = command(
                "vanishing", "train", "--out", folder.resolve("student").toString(), "--set", "training.tokens=100000");
        try (CliProcess teacher = CliProcess.start(folder.resolve("logs"), forTheTeacher)) {
            teacher.await("teacher waits for tokens");
            try (CliProcess student = CliProcess.start(folder.resolve("logs"), forTheStudent)) {
                student.await("waiting for records");
                try (Admin admin = Admin.create(cluster.kafka().admin())) {
                    admin.deleteTopics(List.of("vanishing-tokens", "vanishing-logits"))
                            .all()
                            .get();
                }

                assertThat(student.exitCode()).isEqualTo(1);
                assertThat(student.stderr()).contains("topic vanishing-logits was deleted while it was read");
                assertThat(teacher.exitCode()).isEqualTo(1);
                assertThat(teacher.stderr()).contains("vanishing-");
            }
        }
    }

    @Test
    void aSchemaThatTheRegistryRefusesStopsThePublisherBeforeItWrites() throws Exception {
        String other = "{\"schema\": \"{\\\"type\\\":\\\"record\\\",\\\"name\\\":\\\"Other\\\",\\\"fields\\\":"
                + "[{\\\"name\\\":\\\"x\\\",\\\"type\\\":\\\"int\\\"}]}\"}";
        HttpResponse<String> registered = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(
                                        cluster.kafka().schemaRegistry() + "/subjects/refused-tokens-value/versions"))
                                .header("Content-Type", "application/vnd.schemaregistry.v1+json")
                                .POST(HttpRequest.BodyPublishers.ofString(other))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(registered.statusCode()).as(registered.body()).isEqualTo(200);

        CliCall call = CliCall.run(command("refused", "produce"));

        call.requireFailure(1, "refused-tokens", "not compatible");
        assertThat(TopicKeys.read(cluster.kafka(), "refused-tokens")).isEmpty();
    }

    private String[] command(String topics, String command, String... arguments) {
        List<String> line = new ArrayList<>(List.of(run.command(command, arguments)));
        line.addAll(List.of(
                "--set",
                "topics.tokens=" + topics + "-tokens",
                "--set",
                "topics.logits=" + topics + "-logits",
                "--set",
                "topics.heldOut=" + topics + "-held-out"));
        return cluster.on(line.toArray(String[]::new));
    }
}
