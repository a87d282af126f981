package io.logitstream.model.libtorch;

import ai.djl.util.Utils;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Explains why a native library cannot be loaded; usually its folder is not writable. */
public final class NativeLibraries {
    private static final long MIB = 1 << 20;

    private NativeLibraries() {}

    /**
     * The exception that names the folder that the libraries are unpacked to, and how to choose another.
     *
     * @param library name of the library
     * @param failure failure of loading it
     */
    public static ModelException unusable(String library, Throwable failure) {
        Path folder = Utils.getEngineCacheDir();
        String state = unwritable(folder);
        Throwable cause = failure;
        while (cause.getCause() != null && !(cause instanceof IOException)) {
            cause = cause.getCause();
        }
        return new ModelException(
                "the native libraries of " + library + " cannot be unpacked to " + folder.toAbsolutePath()
                        + " or loaded from there (" + (state != null ? state : FailureText.of(cause))
                        + "); choose another folder, with about 500 MB of free space, through DJL_CACHE_DIR (and ENGINE_CACHE_DIR if it is set)",
                failure);
    }

    private static String unwritable(Path folder) {
        try {
            Files.createDirectories(folder);
            Path probe = Files.createTempFile(folder, "write", ".probe");
            Files.delete(probe);
            long free = folder.toFile().getUsableSpace() / MIB;
            return free < 1 ? "the folder has no free space" : null;
        } catch (IOException e) {
            return Files.isDirectory(folder) ? FailureText.of(e) : "the folder cannot be created";
        }
    }
}
