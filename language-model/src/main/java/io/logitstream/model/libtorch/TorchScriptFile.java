package io.logitstream.model.libtorch;

import java.nio.file.Path;

/** Recognises TorchScript files by their name. */
public final class TorchScriptFile {
    private TorchScriptFile() {}

    /** Whether a path names a TorchScript file: it ends in {@code .pt}. */
    public static boolean isTorchScript(Path path) {
        return path.getFileName() != null && path.getFileName().toString().endsWith(".pt");
    }
}
