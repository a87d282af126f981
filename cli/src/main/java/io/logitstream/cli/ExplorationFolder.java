package io.logitstream.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.cli.explore.LogitsTopic;
import io.logitstream.cli.explore.RunState;
import io.logitstream.schemas.LogitstreamException;
import io.logitstream.schemas.UsageException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The output folder of an exploration: {@code runs/} with the students, {@code state/ID.json} for each run,
 * {@code topics.json}, the embedded cluster's {@code kafka/}, and the results. Every file is replaced at once, so that
 * a crash leaves the old or the new one.
 */
final class ExplorationFolder {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES);
  private static final String TOPICS = "topics.json";
  private static final String STATE = "state";

  private final Path out;

  private ExplorationFolder(Path out) {
    this.out = out;
  }

  /** A folder to look into, which need not exist. */
  static ExplorationFolder of(Path out) {
    return new ExplorationFolder(out.toAbsolutePath().normalize());
  }

  /**
   * Requires that a folder is new, of an exploration, or one with the topics of an embedded cluster, and creates it.
   *
   * @throws UsageException when it holds something else
   */
  ExplorationFolder create() {
    try {
      if (Files.exists(out) && !Files.isDirectory(out)) {
        throw new UsageException("output folder " + out + " is a file");
      }
      if (Files.isDirectory(out)
          && Stream.of(TOPICS, STATE, "kafka").noneMatch(name -> Files.exists(out.resolve(name)))) {
        try (Stream<Path> files = Files.list(out)) {
          if (files.findAny().isPresent()) {
            throw new UsageException("output folder " + out + " holds something that is no exploration; choose another"
                + " one with --out");
          }
        }
      }
      Files.createDirectories(out.resolve(STATE));
      return this;
    } catch (IOException e) {
      throw new LogitstreamException("output folder " + out + " cannot be written: " + e, e);
    }
  }

  Path path() {
    return out;
  }

  /** Folder of a run's student. */
  Path run(RunState run) {
    return out.resolve("runs").resolve(run.folder());
  }

  Path streamState() {
    return out.resolve("stream-state");
  }

  /** What is known of all runs that were ever begun here, by id. */
  Map<String, RunState> states() {
    Map<String, RunState> states = new LinkedHashMap<>();
    if (Files.isDirectory(out.resolve(STATE))) {
      try (Stream<Path> files = Files.list(out.resolve(STATE))) {
        for (Path file : files.filter(path -> path.toString().endsWith(".json")).sorted().toList()) {
          RunState state = read(file, new TypeReference<RunState>() { });
          states.put(state.id(), state);
        }
      } catch (IOException e) {
        throw new LogitstreamException(out.resolve(STATE) + " cannot be listed: " + e, e);
      }
    }
    return states;
  }

  void save(RunState state) {
    write(out.resolve(STATE).resolve(state.id() + ".json"), state);
  }

  /** The logits topics by name. */
  Map<String, LogitsTopic> topics() {
    Map<String, LogitsTopic> topics = new LinkedHashMap<>();
    if (Files.exists(out.resolve(TOPICS))) {
      read(out.resolve(TOPICS), new TypeReference<List<LogitsTopic>>() { })
          .forEach(topic -> topics.put(topic.name(), topic));
    }
    return topics;
  }

  void save(Map<String, LogitsTopic> topics) {
    write(out.resolve(TOPICS), topics.values());
  }

  /** Writes a value as JSON to a file of the folder. */
  void write(String name, Object value) {
    write(out.resolve(name), value);
  }

  /** Writes a text to a file of the folder. */
  void writeText(String name, String text) {
    replace(out.resolve(name), text.getBytes(StandardCharsets.UTF_8));
  }

  /** Removes the checkpoints of a run that is over: its model, log and TensorBoard files stay. */
  void removeCheckpoints(RunState run) {
    Path checkpoints = run(run).resolve("checkpoints");
    if (!Files.isDirectory(checkpoints)) {
      return;
    }
    try (Stream<Path> files = Files.walk(checkpoints)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException | UncheckedIOException e) {
      throw new LogitstreamException(checkpoints + " cannot be removed: " + e, e);
    }
  }

  private static <T> T read(Path file, TypeReference<T> type) {
    try {
      return JSON.readValue(file.toFile(), type);
    } catch (JsonProcessingException e) {
      throw new LogitstreamException(file + " cannot be read: " + e.getOriginalMessage()
          + "; remove it to run again what it stands for", e);
    } catch (IOException e) {
      throw new LogitstreamException(file + " cannot be read: " + e, e);
    }
  }

  private static void write(Path file, Object value) {
    try {
      replace(file, JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(value));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void replace(Path file, byte[] content) {
    Path unfinished = file.resolveSibling(file.getFileName() + ".unfinished");
    try {
      Files.write(unfinished, content);
      try (FileChannel channel = FileChannel.open(unfinished, StandardOpenOption.WRITE)) {
        channel.force(true);
      }
      Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new LogitstreamException(file + " cannot be written: " + e, e);
    }
  }
}
