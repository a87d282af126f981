package io.logitstream.student;

import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.model.AdamW;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.SafeTensors;
import io.logitstream.model.SafeTensorsWriter;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.schemas.LogitstreamException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Checkpoints of a run: folders {@code step-N}, each a Hugging Face folder with the optimizer's moments
 * ({@code optimizer.safetensors}) and the training state ({@code training.json}) beside the weights. A checkpoint is
 * written beside the others, forced to disk and then renamed, so that a crash at any point leaves the last one whole.
 */
final class Checkpoints {
  private static final String PREFIX = "step-";
  private static final String UNFINISHED = ".unfinished";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path folder;
  private final int keep;
  private final Integer keepEvery;

  /**
   * Checkpoints in a folder.
   *
   * @param folder where they are
   * @param keep how many are kept, the last ones
   * @param keepEvery those of steps that are multiples of this are kept besides; null for none
   */
  Checkpoints(Path folder, int keep, Integer keepEvery) {
    this.folder = folder;
    this.keep = keep;
    this.keepEvery = keepEvery;
  }

  static Checkpoints of(TrainingJob job) {
    return new Checkpoints(job.checkpoints(), job.training().keepCheckpoints(), job.training().keepEvery());
  }

  /** Folder of the newest checkpoint, or null. */
  Path latest() {
    List<Path> all = list();
    return all.isEmpty() ? null : all.get(all.size() - 1);
  }

  /** Training state of a checkpoint. */
  static TrainingState state(Path checkpoint) {
    Path file = checkpoint.resolve("training.json");
    try {
      TrainingState state = JSON.readValue(file.toFile(), TrainingState.class);
      if (state == null || state.settings() == null || state.reader() == null || state.reader().offsets() == null
          || state.reader().ended() == null
          || state.reader().held() == null || state.outliers() == null) {
        throw unreadable(checkpoint, "it is incomplete", null);
      }
      return state;
    } catch (JsonProcessingException e) {
      throw unreadable(checkpoint, e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw unreadable(checkpoint, e.toString(), e);
    }
  }

  private static LogitstreamException unreadable(Path checkpoint, String why, Exception cause) {
    return new LogitstreamException(checkpoint.resolve("training.json").toAbsolutePath() + ": checkpoint cannot be"
        + " read: " + why + "; remove " + checkpoint.toAbsolutePath() + " to continue from the one before", cause);
  }

  /** Takes up the optimizer's moments of a checkpoint. */
  static void restoreOptimizer(Path checkpoint, AdamW optimizer, long steps) {
    try (SafeTensors saved = SafeTensors.open(checkpoint.resolve("optimizer.safetensors"))) {
      optimizer.restore(saved, steps);
    }
  }

  void save(LanguageModel model, AdamW optimizer, Tokenizer tokenizer, TrainingState state) {
    Path target = folder.resolve(PREFIX + String.format(Locale.ROOT, "%09d", state.step()));
    Path unfinished = folder.resolve(PREFIX + state.step() + UNFINISHED);
    try {
      if (Files.exists(target)) {
        replaceState(target, state);
        return;
      }
      Files.createDirectories(folder);
      delete(unfinished);
      LanguageModels.save(model, unfinished, DataType.FLOAT32);
      tokenizer.copyTo(unfinished);
      SafeTensorsWriter.write(unfinished.resolve("optimizer.safetensors"), optimizer.state(), null);
      Files.write(unfinished.resolve("training.json"),
          JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(state));
      force(unfinished);
      Files.move(unfinished, target, StandardCopyOption.ATOMIC_MOVE);
      forceFolder(folder);
      List<Path> all = list();
      for (Path old : all.subList(0, Math.max(0, all.size() - keep))) {
        if (keepEvery == null || step(old) % keepEvery != 0) {
          delete(old);
        }
      }
    } catch (IOException e) {
      throw new LogitstreamException("checkpoint " + target.toAbsolutePath() + " cannot be written: " + e
          + " (" + folder.toFile().getUsableSpace() / (1 << 20) + " MiB are free there); the one before it is untouched:"
          + " make room and start again, and training continues from it", e);
    }
  }

  private static long step(Path checkpoint) {
    return Long.parseLong(checkpoint.getFileName().toString().substring(PREFIX.length()));
  }

  // The same step of the same run has the same weights; only whether the run is finished can differ.
  private static void replaceState(Path checkpoint, TrainingState state) throws IOException {
    Path unfinished = checkpoint.resolve("training.json" + UNFINISHED);
    Files.write(unfinished, JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(state));
    force(checkpoint);
    Files.move(unfinished, checkpoint.resolve("training.json"), StandardCopyOption.ATOMIC_MOVE);
    forceFolder(checkpoint);
  }

  private List<Path> list() {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.getFileName().toString().matches(PREFIX + "\\d+")).sorted().toList();
    } catch (IOException e) {
      throw new LogitstreamException(folder.toAbsolutePath() + " cannot be listed: " + e, e);
    }
  }

  private static void force(Path checkpoint) throws IOException {
    try (Stream<Path> files = Files.list(checkpoint)) {
      for (Path file : files.toList()) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
          channel.force(true);
        }
      }
    }
    forceFolder(checkpoint);
  }

  // The rename itself must reach the disk too; file systems that cannot force a folder refuse to open it.
  private static void forceFolder(Path path) {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      return;
    }
  }

  private static void delete(Path path) throws IOException {
    if (Files.exists(path)) {
      try (Stream<Path> files = Files.walk(path)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }
}
