package io.logitstream.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A cluster that dies while it is written to and read from, and comes back with its ports and data. */
class ClusterRestartIT {
  @TempDir
  private Path folder;
  private TinyRun run;
  private String port;
  private String registryPort;

  @BeforeEach
  void choosePorts() throws IOException {
    run = TinyRun.create(folder.resolve("run"));
    try (ServerSocket one = new ServerSocket(0); ServerSocket other = new ServerSocket(0)) {
      port = Integer.toString(one.getLocalPort());
      registryPort = Integer.toString(other.getLocalPort());
    }
  }

  @Test
  void producerAndLiveStudentGoOnWhenTheClusterComesBack() throws Exception {
    Path out = folder.resolve("student");
    CliProcess first = startCluster();
    try (CliProcess producer = start(on("produce", "--corpus", "-", "--set", "corpus.format=jsonl", "--set",
            "corpus.shardBytes=4000"))) {
      feed(producer, 0, 20);
      producer.await("published");
      try (CliProcess student = start(on("train", "--topic", "tokens", "--alpha", "0", "--out", out.toString(), "--set",
          "training.tokens=12000"))) {
        student.await("trains", () -> Files.exists(out.resolve("checkpoints/step-000000020")));
        first.kill();
        feed(producer, 20, 40);
        try (CliProcess second = startCluster()) {
          producer.endInput();
          producer.awaitSuccess();
          student.awaitSuccess();

          start(on("train", "--topic", "tokens", "--alpha", "0", "--out", folder.resolve("replayed").toString(), "--set",
              "training.tokens=12000")).awaitSuccess();
          assertThat(RunOutcome.Student.read(out)).isEqualTo(RunOutcome.Student.read(folder.resolve("replayed")));
          assertThat(second.isAlive()).isTrue();
        }
      }
    } finally {
      first.close();
    }
  }

  private CliProcess startCluster() throws IOException {
    CliProcess cluster = start("cluster", "--out", folder.resolve("cluster").toString(), "--port", port,
        "--registry-port", registryPort);
    cluster.await("cluster is up");
    return cluster;
  }

  private static void feed(CliProcess producer, int from, int to) throws IOException {
    for (int i = from; i < to; i++) {
      producer.write("{\"text\": \"" + TinyRun.text(i, 300).replace("\n", "\\n") + "\"}\n");
    }
  }

  private String[] on(String command, String... arguments) {
    List<String> line = new ArrayList<>(List.of(run.command(command, arguments)));
    line.addAll(List.of("--bootstrap-server", "127.0.0.1:" + port, "--schema-registry",
        "http://127.0.0.1:" + registryPort));
    return line.toArray(String[]::new);
  }

  private CliProcess start(String... command) throws IOException {
    return CliProcess.start(folder.resolve("logs"), command);
  }
}
