package io.logitstream.cli.distill;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.cli.testing.CliCall;
import io.logitstream.cli.testing.CliProcess;
import io.logitstream.cli.testing.RunOutcome;
import io.logitstream.cli.testing.TinyRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Stages in processes of their own, on the cluster of another process, give the same results as {@code distill}. */
class StagesApartIT {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private static Path folder;

    private static TinyRun run;
    private static RunOutcome distilled;
    private static CliProcess cluster;
    private static List<String> addresses;

    @BeforeAll
    static void distillAndFillTheTopicsOfACluster() throws Exception {
        run = TinyRun.create(folder.resolve("run"));
        Path out = folder.resolve("distilled");
        try (CliProcess process =
                start(run.command("distill", "--out", out.toString(), "--set", "training.tokens=8000"))) {
            process.awaitSuccess();
        }
        distilled = RunOutcome.read(out);
        cluster =
                start("cluster", "--out", folder.resolve("cluster").toString(), "--port", "0", "--registry-port", "0");
        Matcher printed = cluster.await("--bootstrap-server (\\S+) --schema-registry (\\S+)\\R");
        addresses = List.of("--bootstrap-server", printed.group(1), "--schema-registry", printed.group(2));
        here("produce", "--held-out");
        stage("produce");
        stage("teach");
    }

    @AfterAll
    static void stopTheCluster() {
        if (cluster != null) {
            cluster.close();
        }
    }

    @Test
    void oneAfterAnother() throws Exception {
        Path pd = train("pd");
        Path lm = train("lm", "--alpha", "0");
        JsonNode evaluations = JSON.readTree(stage("evaluate", "--json", pd.toString(), lm.toString()));
        JsonNode inspection = JSON.readTree(here("inspect", "--json"));

        assertThat(RunOutcome.Student.read(pd)).isEqualTo(distilled.pd());
        assertThat(RunOutcome.Student.read(lm)).isEqualTo(distilled.lm());
        assertThat(evaluations.get("teacher")).isEqualTo(distilled.summary().get("teacher"));
        assertThat(evaluations.get("pd")).isEqualTo(distilled.summary().at("/students/pd"));
        assertThat(evaluations.get("lm")).isEqualTo(distilled.summary().at("/students/lm"));
        assertThat(inspection.get("holds").asText()).isEqualTo("logits");
        assertThat(inspection.get("complete").asBoolean()).isTrue();
        assertThat(inspection.at("/batches/tiny").asLong())
                .isEqualTo(distilled.logits().size() - 4L);
        assertThat(inspection.get("recordBytesPerToken").asDouble())
                .isEqualTo(distilled.summary().get("recordBytesPerToken").asDouble());
        assertThat(inspection.at("/teachers/0").asText()).startsWith("teacher (weights ");
        assertThat(inspection.at("/selections/0").asText()).contains("k=8");
        assertThat(inspection.at("/kept/mean").asDouble()).isEqualTo(8);
    }

    @Test
    void aReplayNeedsNoTeacher() throws Exception {
        Path student = trainHere(
                "replayed",
                "--tokenizer",
                run.teacher().resolve("tokenizer.json").toString(),
                "--set",
                "teacher=" + folder.resolve("nowhere"));

        assertThat(RunOutcome.Student.read(student)).isEqualTo(distilled.pd());
    }

    @Test
    void theBaselineCanReadTheTokensTopicToo() throws Exception {
        Path student = trainHere("from-tokens", "--alpha", "0", "--topic", "tokens");

        assertThat(RunOutcome.Student.read(student).weights())
                .isEqualTo(distilled.lm().weights());
    }

    @Test
    void allAtOnceWithTwoTeachers() throws Exception {
        String[] topics = {"--set", "topics.tokens=live-tokens", "--set", "topics.logits=live-logits"};
        try (CliProcess teacher = start(on("teach", topics))) {
            teacher.await("teacher waits for tokens");
            Path out = folder.resolve("live");
            String[] liveStudent = {
                "--out", out.toString(), "--set", "training.tokens=8000", topics[0], topics[1], topics[2], topics[3]
            };
            try (CliProcess student = start(on("train", liveStudent));
                    CliProcess other = start(on("teach", topics))) {
                student.await("waiting for records");
                other.await("teacher waits for tokens");
                here("produce", topics);
                teacher.awaitSuccess();
                other.awaitSuccess();
                student.awaitSuccess();
            }
            assertThat(RunOutcome.Student.read(out)).isEqualTo(distilled.pd());
        }
    }

    private static Path train(String name, String... arguments) throws Exception {
        stage("train", training(name, arguments));
        return folder.resolve(name);
    }

    private static Path trainHere(String name, String... arguments) {
        here("train", training(name, arguments));
        return folder.resolve(name);
    }

    private static String[] training(String name, String... arguments) {
        List<String> line = new ArrayList<>(List.of(arguments));
        line.addAll(List.of("--out", folder.resolve(name).toString(), "--set", "training.tokens=8000"));
        return line.toArray(String[]::new);
    }

    /** Runs a stage in this process and returns its standard output. */
    private static String here(String command, String... arguments) {
        return CliCall.run(on(command, arguments)).requireSuccess().out();
    }

    /** Runs a stage in a process of its own and returns its standard output. */
    private static String stage(String command, String... arguments) throws Exception {
        try (CliProcess process = start(on(command, arguments))) {
            return process.awaitSuccess().stdout();
        }
    }

    private static String[] on(String command, String... arguments) {
        List<String> line = new ArrayList<>(List.of(run.command(command, arguments)));
        line.addAll(addresses);
        return line.toArray(String[]::new);
    }

    private static CliProcess start(String... command) throws IOException {
        return CliProcess.start(folder.resolve("logs"), command);
    }
}
