package io.logitstream.cli.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.cli.testing.CliProcess;
import io.logitstream.cli.testing.RunOutcome;
import io.logitstream.cli.testing.SharedCluster;
import io.logitstream.cli.testing.SharedCluster.Cluster;
import io.logitstream.cli.testing.TinyRun;
import io.logitstream.student.training.TrainingListener;
import io.logitstream.student.training.TrainingStoppedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * A student that is killed with SIGKILL at random points, over epochs and with a shuffle window, gives the same results
 * as an undisturbed one. {@code -Dlogitstream.kills=20} sets the number of kills.
 */
@ExtendWith(SharedCluster.class)
class TrainKillIT {
    private static final int KILLS = Integer.getInteger("logitstream.kills", 2);

    @TempDir
    private static Path folder;

    private static TrainedTopic topic;
    private static Path undisturbed;

    @BeforeAll
    static void trainUndisturbed(Cluster cluster) throws Exception {
        topic = TrainedTopic.create(cluster, TinyRun.create(folder.resolve("run")), "killed");
        undisturbed = folder.resolve("undisturbed");
        try (CliProcess process = start(topic, undisturbed)) {
            process.awaitSuccess();
        }
    }

    @Test
    void stoppedBySigtermItWritesACheckpointAndContinuesAsIfUndisturbed() throws Exception {
        Path out = folder.resolve("stopped");
        // Without the signal there is no checkpoint before the end.
        String never = "training.checkpointSteps=100000";
        for (int i = 0; i < 2; i++) {
            int files = events(out);
            try (CliProcess process = start(topic, out, never)) {
                process.await("trains", () -> events(out) > files);
                String told = process.terminate();
                assertThat(told)
                        .isEqualTo("logitstream: stopped at step "
                                + Long.parseLong(latest(out).substring(5))
                                + "; run the same command again to continue");
            }
        }
        try (CliProcess process = start(topic, out, never)) {
            process.awaitSuccess();
        }

        assertThat(RunOutcome.Student.read(out)).isEqualTo(RunOutcome.Student.read(undisturbed));
    }

    @Test
    void stoppedWhileAStepOfManyBatchesIsUnderWayItGivesTheStepUp() throws Exception {
        Path whole = folder.resolve("whole-steps");
        String training = "{\"batchesPerStep\":4,\"checkpointSteps\":1000}";
        topic.train(whole, training, new TrainingListener() {});

        Path out = folder.resolve("half-steps");
        for (int asked : new int[] {1, 7, 30}) {
            // The listener is called before each batch and each step: 30 calls end within a step.
            int[] left = {asked};
            assertThatThrownBy(() -> topic.train(out, training, new TrainingListener() {
                        @Override
                        public boolean stopRequested() {
                            return left[0]-- <= 0;
                        }
                    }))
                    .isInstanceOf(TrainingStoppedException.class);
        }
        assertThat(latest(out)).isNotEqualTo("none");
        topic.train(out, training, new TrainingListener() {});

        assertThat(RunOutcome.Student.read(out)).isEqualTo(RunOutcome.Student.read(whole));
    }

    @Test
    void killedAtRandomPointsItEndsAsIfUndisturbed() throws Exception {
        Path out = folder.resolve("killed");
        Random random = new Random(1);
        List<String> reached = new ArrayList<>();
        for (int i = 0; i < KILLS; i++) {
            String before = latest(out);
            try (CliProcess process = start(topic, out)) {
                if (random.nextInt(4) > 0) {
                    process.await("writes a checkpoint", () -> !latest(out).equals(before));
                }
                CliProcess.pause(random.nextInt(150));
                assertThat(process.isAlive())
                        .as("the run ended before the last kill")
                        .isTrue();
                process.kill();
            }
            reached.add(latest(out));
        }
        try (CliProcess process = start(topic, out)) {
            process.awaitSuccess();
        }

        assertThat(reached.stream().distinct())
                .as("checkpoints at which it was killed: %s", reached)
                .hasSizeGreaterThan(KILLS / 2);
        assertThat(RunOutcome.Student.read(out)).isEqualTo(RunOutcome.Student.read(undisturbed));
    }

    private static CliProcess start(TrainedTopic topic, Path out, String... settings) throws IOException {
        List<String> more = new ArrayList<>();
        for (String setting : settings) {
            more.addAll(List.of("--set", setting));
        }
        String[] command = topic.command(
                "train",
                "--out",
                out.toString(),
                "--set",
                "training.epochs=" + (2 + KILLS),
                "--set",
                "training.shuffleWindow=7",
                "--set",
                "training.checkpointSteps=5",
                "--set",
                "training.batchesPerStep=2",
                "--set",
                "training.keepEvery=200",
                "--set",
                "training.outlierDeviations=3",
                "--set",
                "loss.alphaSchedule=wsd",
                "--set",
                "loss.tail=bucket");
        more.addAll(0, List.of(command));
        return CliProcess.start(folder.resolve("logs"), more.toArray(String[]::new));
    }

    /** TensorBoard's event files: a process creates one at its first step. */
    private static int events(Path out) {
        String[] files = out.resolve("tensorboard").toFile().list();
        return files == null ? 0 : files.length;
    }

    private static String latest(Path out) {
        try (Stream<Path> files = Files.list(out.resolve("checkpoints"))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.matches("step-\\d+"))
                    .max(String::compareTo)
                    .orElse("none");
        } catch (IOException e) {
            return "none";
        }
    }
}
