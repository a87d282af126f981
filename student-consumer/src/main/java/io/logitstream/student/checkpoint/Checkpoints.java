package io.logitstream.student.checkpoint;

import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.files.AtomicFile;
import io.logitstream.files.FileDigests;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.huggingface.SafeTensors;
import io.logitstream.model.huggingface.SafeTensorsWriter;
import io.logitstream.model.optimizer.AdamW;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.student.input.ReaderState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checkpoints of a run: folders {@code step-N}, each a Hugging Face folder with the optimizer's moments
 * ({@code optimizer.safetensors}) and the training state ({@code training.json}) beside the weights. A crash at any
 * point leaves the last one whole, see {@link StepFolders}; damage later shows by the digests, see {@link StateFile}.
 */
public final class Checkpoints {
    private static final Logger LOG = LoggerFactory.getLogger(Checkpoints.class);
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
    public Checkpoints(Path folder, int keep, Integer keepEvery) {
        this.folder = folder;
        this.steps = new StepFolders(folder);
        this.keep = keep;
        this.keepEvery = keepEvery;
    }

    public static Checkpoints of(TrainingJob job) {
        return new Checkpoints(
                job.checkpoints(),
                job.training().keepCheckpoints(),
                job.training().keepEvery());
    }

    /** Folder of the newest checkpoint, or null. */
    public Path latest() {
        List<Path> all = steps.list();
        return all.isEmpty() ? null : all.get(all.size() - 1);
    }

    /** Training state of a checkpoint, which must be as it was written. */
    public static TrainingState state(Path checkpoint) {
        try {
            TrainingState state = JSON.treeToValue(StateFile.read(checkpoint).state(), TrainingState.class);
            if (state == null
                    || state.settings() == null
                    || state.reader() == null
                    || state.reader().offsets() == null
                    || state.reader().ended() == null
                    || state.reader().held() == null
                    || state.outliers() == null) {
                throw unreadable(checkpoint, "it is incomplete", null);
            }
            requirePossible(checkpoint, state);
            return state;
        } catch (JsonProcessingException e) {
            throw unreadable(checkpoint, FailureText.of(e), e);
        } catch (NoSuchFileException e) {
            throw unreadable(checkpoint, "it is missing", e);
        } catch (IOException e) {
            throw unreadable(checkpoint, FailureText.of(e), e);
        }
    }

    // Older checkpoints have no digests; what can be known to be wrong without them is.
    private static void requirePossible(Path checkpoint, TrainingState state) {
        ReaderState reader = state.reader();
        String name = checkpoint.getFileName().toString();
        if (name.matches("step-\\d+") && StepFolders.step(checkpoint) != state.step()) {
            throw unreadable(checkpoint, "its step is " + state.step() + ", not that of its folder", null);
        }
        if (state.updates() < 0
                || state.updates() > state.step()
                || state.tokens() < 0
                || state.budget() < 0
                || state.contextLength() < 1
                || !reader.offsets().containsKey(reader.turn())
                || reader.epoch() < 0
                || reader.batches() < 0
                || reader.given() < 0
                || reader.offsets().values().stream().anyMatch(offset -> offset == null || offset < 0)) {
            throw unreadable(checkpoint, "it holds a count or an offset that cannot be", null);
        }
    }

    /**
     * Requires that the files of a checkpoint are as they were written.
     *
     * @throws LogitstreamException naming those that are not
     */
    public static void requireWhole(Path checkpoint) {
        try {
            Map<String, String> digests = StateFile.read(checkpoint).files();
            if (digests == null) {
                LOG.warn(
                        "checkpoint {} has no digests, as those of earlier versions: whether its files are as they were written is"
                                + " not known; the next one has them",
                        checkpoint.toAbsolutePath());
                return;
            }
            List<String> differences = FileDigests.differences(checkpoint, digests);
            if (!differences.isEmpty()) {
                throw new LogitstreamException("checkpoint " + checkpoint.toAbsolutePath() + " is damaged: "
                        + String.join(", ", differences) + "; remove it to continue from the one before");
            }
        } catch (IOException e) {
            throw unreadable(checkpoint, FailureText.of(e), e);
        }
    }

    private static LogitstreamException unreadable(Path checkpoint, String why, Exception cause) {
        return new LogitstreamException(
                checkpoint.resolve("training.json").toAbsolutePath() + ": checkpoint cannot be" + " read: " + why
                        + "; remove " + checkpoint.toAbsolutePath() + " to continue from the one before",
                cause);
    }

    /** Takes up the optimizer's moments of a checkpoint. */
    public static void restoreOptimizer(Path checkpoint, AdamW optimizer, long steps) {
        try (SafeTensors saved = SafeTensors.open(checkpoint.resolve("optimizer.safetensors"))) {
            optimizer.restore(saved, steps);
        }
    }

    public void save(LanguageModel model, AdamW optimizer, Tokenizer tokenizer, TrainingState state) {
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
                Files.write(
                        unfinished.resolve(StateFile.NAME), StateFile.content(state, FileDigests.ofFolder(unfinished)));
            });
            List<Path> all = steps.list();
            for (Path old : all.subList(0, Math.max(0, all.size() - keep))) {
                if (keepEvery == null || StepFolders.step(old) % keepEvery != 0) {
                    steps.delete(old);
                }
            }
        } catch (IOException e) {
            throw new LogitstreamException(
                    "checkpoint " + target.toAbsolutePath() + " cannot be written: "
                            + FailureText.of(e)
                            + " (" + folder.toFile().getUsableSpace() / (1 << 20)
                            + " MiB are free there); the one before it is untouched:"
                            + " make room and start again, and training continues from it",
                    e);
        }
    }

    // The same step of the same run has the same weights; only whether the run is finished can differ.
    private static void replaceState(Path checkpoint, TrainingState state) throws IOException {
        AtomicFile.replace(
                checkpoint.resolve(StateFile.NAME),
                StateFile.content(state, StateFile.read(checkpoint).files()));
    }
}
