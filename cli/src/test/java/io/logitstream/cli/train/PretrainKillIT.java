package io.logitstream.cli.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.cli.testing.CliCall;
import io.logitstream.cli.testing.CliProcess;
import io.logitstream.cli.testing.RunOutcome;
import io.logitstream.cli.testing.SharedCluster;
import io.logitstream.cli.testing.SharedCluster.Cluster;
import io.logitstream.cli.testing.TinyRun;
import io.logitstream.cli.testing.TopicKeys;
import io.logitstream.cli.testing.TopicKeys.Entry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * A teacher in training that is killed with SIGKILL at random points while it writes logits. {@code
 * -Dlogitstream.kills=10} sets the number of kills.
 */
@ExtendWith(SharedCluster.class)
class PretrainKillIT {
    private static final int KILLS = Integer.getInteger("logitstream.kills", 2);

    @TempDir
    private Path folder;

    private Cluster cluster;
    private TinyRun run;
    private String tokens;

    @Test
    void killedAtRandomPointsItLeavesEachBatchOnceAndLearnsAsIfUndisturbed(Cluster shared) throws Exception {
        publish(shared, "learner-killed-tokens", 20 * (1 + KILLS));
        Path undisturbed = folder.resolve("undisturbed");
        CliCall.run(pretrain("learner-undisturbed-logits", undisturbed, "--emit-logits"))
                .requireSuccess();
        Path plain = folder.resolve("plain");
        CliCall.run(pretrain("learner-undisturbed-logits", plain)).requireSuccess();

        Path out = folder.resolve("killed");
        Random random = new Random(1);
        List<String> reached = new ArrayList<>();
        for (int i = 0; i < KILLS; i++) {
            String before = latest(out);
            try (CliProcess process =
                    CliProcess.start(folder.resolve("logs"), pretrain("learner-killed-logits", out, "--emit-logits"))) {
                if (random.nextInt(4) > 0) {
                    process.await("writes a checkpoint", () -> !latest(out).equals(before));
                }
                CliProcess.pause(random.nextInt(300));
                assertThat(process.isAlive())
                        .as("the run ended before the last kill")
                        .isTrue();
                process.kill();
            }
            reached.add(latest(out));
        }
        CliCall.run(pretrain("learner-killed-logits", out, "--emit-logits")).requireSuccess();

        List<Entry> logits = TopicKeys.read(cluster.kafka(), "learner-killed-logits");
        assertThat(reached.stream().distinct())
                .as("checkpoints at which it was killed: %s", reached)
                .hasSizeGreaterThan(KILLS / 2);
        assertThat(logits.stream()
                        .map(entry -> entry.partition() + " " + entry.key())
                        .toList())
                .isEqualTo(TopicKeys.read(cluster.kafka(), tokens).stream()
                        .map(entry -> entry.partition() + " " + entry.key())
                        .toList());
        assertThat(logits).isEqualTo(TopicKeys.read(cluster.kafka(), "learner-undisturbed-logits"));
        assertThat(RunOutcome.Student.read(out)).isEqualTo(RunOutcome.Student.read(undisturbed));
        assertThat(RunOutcome.Student.read(plain))
                .as("the same without the logits")
                .isEqualTo(RunOutcome.Student.read(undisturbed));
    }

    @Test
    void stepsThatAreInTheTopicAlreadyAreNotWrittenAgain(Cluster shared) throws Exception {
        publish(shared, "once-tokens", 10);
        Path first = folder.resolve("first");
        CliCall.run(pretrain("once-logits", first, "--emit-logits", "--set", "pretrain.training.keepEvery=5"))
                .requireSuccess();
        List<Entry> logits = TopicKeys.read(cluster.kafka(), "once-logits");
        Path early = folder.resolve("early");
        copy(first.resolve("checkpoints/step-000000010"), early.resolve("checkpoints/step-000000010"));

        CliCall.run(pretrain("once-logits", early, "--emit-logits")).requireSuccess();
        CliCall other = CliCall.run(pretrain("once-logits", folder.resolve("other"), "--emit-logits", "--seed", "2"));
        CliCall late = CliCall.run(pretrain("late-logits", first, "--emit-logits"));
        CliCall twice = CliCall.run(pretrain(
                "twice-logits", folder.resolve("twice"), "--emit-logits", "--set", "pretrain.training.epochs=2"));

        assertThat(TopicKeys.read(cluster.kafka(), "once-logits")).isEqualTo(logits);
        assertThat(RunOutcome.Student.read(early).weights())
                .isEqualTo(RunOutcome.Student.read(first).weights());
        other.requireFailure(2, "once-logits-0@", "made by teacher learner", "topics.logits");
        late.requireFailure(2, "holds logits up to training step 0", "without --emit-logits");
        twice.requireFailure(2, "training.epochs is 2");
    }

    @Test
    void aTeacherThatStopsBeforeTheCorpusEndsItsTopicThereAndStudentsLearnFromIt(Cluster shared) throws Exception {
        publish(shared, "short-tokens", 10);
        Path teacher = folder.resolve("short");
        CliCall.run(pretrain("short-logits", teacher, "--emit-logits", "--set", "pretrain.training.tokens=2560"))
                .requireSuccess();

        List<Entry> logits = TopicKeys.read(cluster.kafka(), "short-logits");
        Path student = folder.resolve("student");
        CliCall.run(command("train", "short-logits", "--out", student.toString()))
                .requireSuccess();
        Path range = folder.resolve("range");
        CliCall.run(command(
                        "train",
                        "short-logits",
                        "--out",
                        range.toString(),
                        "--set",
                        "training={tokens: 640, teacherSteps: {from: 6, to: 8}}"))
                .requireSuccess();
        CliCall.run(command("teach", "finished-logits", "--teacher", teacher.toString()))
                .requireSuccess();
        CliCall inspected = CliCall.run(command("inspect", "short-logits", "--topic", "short-logits"))
                .requireSuccess();

        assertThat(logits.stream().filter(entry -> !entry.key().endsWith("/end")))
                .hasSize(20);
        assertThat(logits.stream().filter(entry -> entry.key().endsWith("/end")))
                .hasSize(4);
        assertThat(Files.readAllLines(student.resolve("metrics.jsonl"))).hasSize(20);
        assertThat(Files.readAllLines(range.resolve("metrics.jsonl"))).hasSize(5);
        assertThat(TopicKeys.read(cluster.kafka(), "finished-logits")).hasSizeGreaterThan(logits.size());
        assertThat(inspected.out()).contains("learner (weights ");
    }

    private void publish(Cluster shared, String topic, int files) throws IOException {
        tokens = topic;
        cluster = shared;
        run = TinyRun.create(folder.resolve("run"));
        TinyRun.writeTexts(run.corpus(), files, 1);
        CliCall.run(command("produce", "none")).requireSuccess();
    }

    private String[] pretrain(String logits, Path out, String... arguments) {
        List<String> line = new ArrayList<>(List.of(
                "--out",
                out.toString(),
                "--set",
                "teach.id=learner",
                "--set",
                "pretrain.training.checkpointSteps=5",
                "--set",
                "pretrain.training.batchesPerStep=2"));
        line.addAll(List.of(arguments));
        return command("pretrain", logits, line.toArray(String[]::new));
    }

    private String[] command(String command, String logits, String... arguments) {
        List<String> line = new ArrayList<>(List.of(run.command(command, arguments)));
        line.addAll(List.of("--set", "topics.tokens=" + tokens, "--set", "topics.logits=" + logits));
        return cluster.on(line.toArray(String[]::new));
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }

    private static String latest(Path out) {
        try (Stream<Path> files = Files.list(out.resolve("checkpoints"))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.matches("step-\\d+"))
                    .max(Comparator.naturalOrder())
                    .orElse("none");
        } catch (IOException e) {
            return "none";
        }
    }
}
