package io.logitstream.student.checkpoint;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The layout of a checkpoint, a folder {@code step-N}: a Hugging Face folder, the optimizer's moments in
 * {@code optimizer.safetensors} and the training state in {@code training.json}.
 *
 * @param path the folder; it need not exist
 */
public record CheckpointFolder(Path path) {
    /** File name of the weights in each Hugging Face folder. */
    static final String WEIGHTS = "model.safetensors";

    /** Name of the folder, such as {@code step-000000100}. */
    public String name() {
        return path.getFileName().toString();
    }

    /** Number of the optimizer step after which the checkpoint was written, from the folder's name. */
    public long step() {
        return StepFolders.step(path);
    }

    /** Whether the folder holds a training state, which a finished model and an export do not. */
    public boolean hasState() {
        return Files.isRegularFile(state());
    }

    /** File of the training state. */
    public Path state() {
        return path.resolve("training.json");
    }

    /** Weights of the model, in float32. */
    public Path weights() {
        return path.resolve(WEIGHTS);
    }

    /** AdamW's moments. */
    public Path moments() {
        return path.resolve("optimizer.safetensors");
    }
}
