package io.logitstream.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.cli.SharedCluster.Cluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * A student that is killed with -9 at random points, over epochs and with a shuffle window, ends as one that was left
 * alone. {@code -Dlogitstream.kills=20} kills it more often.
 */
@ExtendWith(SharedCluster.class)
class TrainKillIT {
  private static final int KILLS = Integer.getInteger("logitstream.kills", 2);

  @TempDir
  private Path folder;

  @Test
  void killedAtRandomPointsItEndsAsIfUndisturbed(Cluster cluster) throws Exception {
    TrainedTopic topic = TrainedTopic.create(cluster, TinyRun.create(folder.resolve("run")), "killed");
    Path undisturbed = folder.resolve("undisturbed");
    try (CliProcess process = start(topic, undisturbed)) {
      process.awaitSuccess();
    }

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
        assertThat(process.isAlive()).as("the run is too short for so many kills").isTrue();
        process.kill();
      }
      reached.add(latest(out));
    }
    try (CliProcess process = start(topic, out)) {
      process.awaitSuccess();
    }

    assertThat(reached.stream().distinct()).as("checkpoints at which it was killed: %s", reached)
        .hasSizeGreaterThan(KILLS / 2);
    assertThat(RunOutcome.Student.read(out)).isEqualTo(RunOutcome.Student.read(undisturbed));
  }

  private CliProcess start(TrainedTopic topic, Path out) throws IOException {
    return CliProcess.start(folder.resolve("logs"), topic.command("train", "--out", out.toString(),
        "--set", "training.epochs=" + (2 + KILLS), "--set", "training.shuffleWindow=7", "--set",
        "training.checkpointSteps=5", "--set", "training.batchesPerStep=2", "--set", "training.keepEvery=200", "--set",
        "training.outlierDeviations=3", "--set", "loss.alphaSchedule=wsd", "--set", "loss.tail=bucket"));
  }

  private static String latest(Path out) {
    try (Stream<Path> files = Files.list(out.resolve("checkpoints"))) {
      return files.map(file -> file.getFileName().toString()).filter(name -> name.matches("step-\\d+"))
          .max(String::compareTo).orElse("none");
    } catch (IOException e) {
      return "none";
    }
  }
}
