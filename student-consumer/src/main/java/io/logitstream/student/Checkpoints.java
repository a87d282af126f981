package io.logitstream.student;

import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.messages.FailureText;
import io.logitstream.model.AdamW;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.SafeTensors;
import io.logitstream.model.SafeTensorsWriter;
import io.logitstream.model.files.AtomicFile;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.schemas.LogitstreamException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Checkpoints of a run: folders {@code step-N}, each a Hugging Face folder with the optimizer's moments
 * ({@code optimizer.safetensors}) and the training state ({@code training.json}) beside the weights. A crash at any
 * point leaves the last one whole, see {@link StepFolders}.
 */
final class Checkpoints {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path folder;
  private final StepFolders steps;
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
    this.steps = new StepFolders(folder);
    this.keep = keep;
    this.keepEvery = keepEvery;
  }

  static Checkpoints of(TrainingJob job) {
    return new Checkpoints(job.checkpoints(), job.training().keepCheckpoints(), job.training().keepEvery());
  }

  /** Folder of the newest checkpoint, or null. */
  Path latest() {
    List<Path> all = steps.list();
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
      throw unreadable(checkpoint, FailureText.of(e), e);
    } catch (IOException e) {
      throw unreadable(checkpoint, FailureText.of(e), e);
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
    Path target = steps.of(state.step());
    try {
      if (Files.exists(target)) {
        replaceState(target, state);
        return;
      }
      steps.put(state.step(), unfinished -> {
        LanguageModels.save(model, unfinished, DataType.FLOAT32);
        tokenizer.copyForModel(unfinished, model.config().maxPositions());
        SafeTensorsWriter.write(unfinished.resolve("optimizer.safetensors"), optimizer.state(), null);
        Files.write(unfinished.resolve("training.json"),
            JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(state));
      });
      List<Path> all = steps.list();
      for (Path old : all.subList(0, Math.max(0, all.size() - keep))) {
        if (keepEvery == null || StepFolders.step(old) % keepEvery != 0) {
          steps.delete(old);
        }
      }
    } catch (IOException e) {
      throw new LogitstreamException("checkpoint " + target.toAbsolutePath() + " cannot be written: "
          + FailureText.of(e)
          + " (" + folder.toFile().getUsableSpace() / (1 << 20) + " MiB are free there); the one before it is untouched:"
          + " make room and start again, and training continues from it", e);
    }
  }

  // The same step of the same run has the same weights; only whether the run is finished can differ.
  private static void replaceState(Path checkpoint, TrainingState state) throws IOException {
    AtomicFile.replace(checkpoint.resolve("training.json"), JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(state));
  }
}
