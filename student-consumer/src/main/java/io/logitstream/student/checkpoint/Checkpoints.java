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
 * Checkpoints of a run, laid out as {@link CheckpointFolder} describes. A crash at any point leaves the last complete
 * checkpoint intact, see {@link StepFolders}; the digests reveal later damage, see {@link StateFile}.
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
     * @param folder folder of the checkpoints, created with the first one
     * @param keep number of checkpoints to keep, counted from the last
     * @param keepEvery checkpoints of steps that are multiples of this are kept as well; null for none
     */
    public Checkpoints(Path folder, int keep, Integer keepEvery) {
        this.folder = folder;
        this.steps = new StepFolders(folder);
        this.keep = keep;
        this.keepEvery = keepEvery;
    }

    /** Folder of the newest complete checkpoint; null where there is none. */
    public Path latest() {
        List<Path> all = steps.list();
        return all.isEmpty() ? null : all.get(all.size() - 1);
    }

    /**
     * Reads the training state of a checkpoint.
     *
     * @throws LogitstreamException when the state is missing, incomplete, impossible or not as it was written
     */
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

    // Older checkpoints have no digests; these checks find impossible values in them.
    private static void requirePossible(Path checkpoint, TrainingState state) {
        ReaderState reader = state.reader();
        if (StepFolders.isStepFolder(checkpoint) && StepFolders.step(checkpoint) != state.step()) {
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
            throw unreadable(checkpoint, "it holds an impossible count or offset", null);
        }
    }

    /**
     * Requires that the files of a checkpoint are as they were written. A checkpoint of an earlier version has no
     * digests: it is accepted with a warning.
     *
     * @throws LogitstreamException naming the damaged files
     */
    public static void requireWhole(Path checkpoint) {
        try {
            Map<String, String> digests = StateFile.read(checkpoint).files();
            if (digests == null) {
                LOG.warn(
                        "checkpoint {} was written by an earlier version and has no digests: its files cannot be verified;"
                                + " the next checkpoint will have digests",
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
                new CheckpointFolder(checkpoint).state().toAbsolutePath() + ": checkpoint cannot be read: " + why
                        + "; remove " + checkpoint.toAbsolutePath() + " to continue from the one before",
                cause);
    }

    /**
     * Restores the optimizer's moments from a checkpoint.
     *
     * @param steps updates that the optimizer had done
     */
    public static void restoreOptimizer(Path checkpoint, AdamW optimizer, long steps) {
        try (SafeTensors saved = SafeTensors.open(new CheckpointFolder(checkpoint).moments())) {
            optimizer.restore(saved, steps);
        }
    }

    /**
     * Writes a checkpoint and deletes those that are no longer kept. A checkpoint of the same step keeps its weights,
     * and only its training state is replaced.
     *
     * @throws LogitstreamException when it cannot be written; the checkpoint before is then intact
     */
    public void save(LanguageModel model, AdamW optimizer, Tokenizer tokenizer, TrainingState state) {
        Path target = steps.of(state.step());
        try {
            if (Files.exists(target)) {
                replaceState(target, state);
                return;
            }
            steps.put(state.step(), unfinished -> {
                CheckpointFolder files = new CheckpointFolder(unfinished);
                LanguageModels.save(model, unfinished, DataType.FLOAT32);
                tokenizer.copyForModel(unfinished, model.config().maxPositions());
                SafeTensorsWriter.write(files.moments(), optimizer.state(), null);
                Files.write(files.state(), StateFile.content(state, FileDigests.ofFolder(unfinished)));
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
                            + " MiB are free there); the checkpoint before it is intact:"
                            + " free some space and start again, and training continues from it",
                    e);
        }
    }

    // The same step of the same run has the same weights; only the mark that the run is finished can differ.
    private static void replaceState(Path checkpoint, TrainingState state) throws IOException {
        AtomicFile.replace(
                new CheckpointFolder(checkpoint).state(),
                StateFile.content(state, StateFile.read(checkpoint).files()));
    }
}
