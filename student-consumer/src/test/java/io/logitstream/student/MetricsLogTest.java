package io.logitstream.student;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MetricsLogTest {
  @TempDir
  private Path folder;

  @Test
  void eachStepIsALine() throws IOException {
    Path file = folder.resolve("new/metrics.jsonl");

    write(file, 0, 1, 3);

    List<String> lines = Files.readAllLines(file);
    assertThat(lines).hasSize(3);
    assertThat(new ObjectMapper().readValue(lines.get(1), StepMetrics.class)).isEqualTo(metrics(2));
  }

  @Test
  void linesAfterTheCheckpointAreDropped() throws IOException {
    Path file = folder.resolve("metrics.jsonl");
    write(file, 0, 1, 8);
    List<String> whole = Files.readAllLines(file);

    write(file, 5, 6, 8);

    assertThat(Files.readAllLines(file)).isEqualTo(whole);
  }

  @Test
  void aRunThatStartsAfreshStartsItsLogAfresh() throws IOException {
    Path file = folder.resolve("metrics.jsonl");
    write(file, 0, 1, 8);

    write(file, 0, 1, 2);

    assertThat(Files.readAllLines(file)).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"step\":6,\"tok", "{\"step\":6,\"tokens\":6", "{", "}", "\u0000\u0000\u0000\u0000", "x}",
      "\u00ff}"})
  void aLastLineThatACrashCutShortIsDropped(String cut) throws IOException {
    Path file = folder.resolve("metrics.jsonl");
    write(file, 0, 1, 5);
    List<String> whole = Files.readAllLines(file);
    Files.write(file, cut.getBytes(StandardCharsets.ISO_8859_1), StandardOpenOption.APPEND);

    write(file, 5, 6, 5);

    assertThat(Files.readAllLines(file)).isEqualTo(whole);
  }

  private static void write(Path file, long continuedFrom, long first, long last) {
    try (MetricsLog log = new MetricsLog(file, continuedFrom)) {
      for (long step = first; step <= last; step++) {
        log.add(metrics(step));
      }
    }
  }

  private static StepMetrics metrics(long step) {
    return new StepMetrics(step, step * 64, 0, 5.5 / step, 4.25 / step, 1e-7 * step, 0.9, 3e-3, 1.5, false);
  }
}
