package io.logitstream.student;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.messages.FailureText;
import io.logitstream.schemas.LogitstreamException;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** {@code metrics.jsonl}: one line a step. Lines after the step that a run continues from are dropped. */
final class MetricsLog implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path file;
  private final BufferedWriter writer;

  MetricsLog(Path file, long continuedFrom) {
    this.file = file;
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      Files.write(file, linesUpTo(continuedFrom));
      this.writer = Files.newBufferedWriter(file, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw failed(e);
    }
  }

  private List<String> linesUpTo(long step) throws IOException {
    List<String> kept = new ArrayList<>();
    if (Files.exists(file)) {
      for (String line : Files.readAllLines(file, StandardCharsets.ISO_8859_1)) {
        // A line that a crash cut short is after the last checkpoint.
        if (!line.endsWith("}") || number(line) > step) {
          break;
        }
        kept.add(line);
      }
    }
    return kept;
  }

  private static long number(String line) {
    try {
      return JSON.readTree(line).path("step").asLong(Long.MAX_VALUE);
    } catch (JsonProcessingException e) {
      return Long.MAX_VALUE;
    }
  }

  void add(StepMetrics metrics) {
    try {
      writer.write(JSON.writeValueAsString(metrics));
      writer.newLine();
    } catch (IOException e) {
      throw failed(e);
    }
  }

  void flush() {
    try {
      writer.flush();
    } catch (IOException e) {
      throw failed(e);
    }
  }

  private LogitstreamException failed(IOException e) {
    return new LogitstreamException(file.toAbsolutePath() + " cannot be written: " + FailureText.of(e), e);
  }

  @Override
  public void close() {
    try {
      writer.close();
    } catch (IOException e) {
      throw failed(e);
    }
  }
}
