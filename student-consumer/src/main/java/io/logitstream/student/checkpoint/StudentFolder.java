package io.logitstream.student.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The layout of a student's folder: the finished model as a Hugging Face folder, {@code metrics.jsonl},
 * {@code checkpoints/step-N}, {@code exports/step-N} and the event files in {@code tensorboard/}.
 *
 * @param path the folder; it need not exist
 */
public record StudentFolder(Path path) {
    private static final String CHECKPOINTS = "checkpoints";
    private static final String EXPORTS = "exports";

    /** Weights of the finished model. They are written last, so a folder that has them is complete. */
    public Path weights() {
        return path.resolve(CheckpointFolder.WEIGHTS);
    }

    /** Whether the training has ended and the finished model is in the folder. */
    public boolean isFinished() {
        return Files.exists(weights());
    }

    /** Metrics of the training, one JSON line per step. */
    public Path metrics() {
        return path.resolve("metrics.jsonl");
    }

    /** Folder of the TensorBoard event files. */
    public Path eventFiles() {
        return path.resolve("tensorboard");
    }

    /** Folder of the checkpoints. */
    public Path checkpoints() {
        return path.resolve(CHECKPOINTS);
    }

    /** Folder of the models exported during the training. */
    public Path exports() {
        return path.resolve(EXPORTS);
    }

    /** Whether a training has begun here: it has written metrics, a checkpoint or at least an event file. */
    public boolean isStarted() {
        return Stream.of(eventFiles(), metrics(), checkpoints()).anyMatch(Files::exists);
    }

    /** Whether there is a complete checkpoint, from which a training continues. */
    public boolean hasCheckpoint() {
        return !new StepFolders(checkpoints()).list().isEmpty();
    }

    /**
     * Complete checkpoints, in the order of their steps.
     *
     * @throws IOException when the folder cannot be listed
     */
    public List<CheckpointFolder> listCheckpoints() throws IOException {
        return StepFolders.list(checkpoints()).stream()
                .map(CheckpointFolder::new)
                .toList();
    }
}
