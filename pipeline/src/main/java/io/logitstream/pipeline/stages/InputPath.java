package io.logitstream.pipeline.stages;

import io.logitstream.messages.UsageException;
import io.logitstream.model.trial.ModelFailureText;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** A file or folder that the user names and that must exist. */
public final class InputPath {
    private InputPath() {}

    /**
     * Requires that a path is given and exists.
     *
     * @param what what the path leads to, such as {@code teacher}; begins each message
     * @param path path as the user wrote it; may be null
     * @return absolute, normalized path
     * @throws UsageException if it is null, is not a path, or does not exist
     */
    public static Path require(String what, String path) {
        if (path == null) {
            throw new UsageException("no " + what + " is given");
        }
        Path file;
        try {
            file = Path.of(path).toAbsolutePath().normalize();
        } catch (InvalidPathException e) {
            throw new UsageException(what + " " + ModelFailureText.of(e));
        }
        if (!Files.exists(file)) {
            throw new UsageException(what + " " + file + " does not exist");
        }
        return file;
    }
}
