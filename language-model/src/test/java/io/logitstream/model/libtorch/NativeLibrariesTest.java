package io.logitstream.model.libtorch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeLibrariesTest {
    private static final String FOLDER = "ENGINE_CACHE_DIR";

    @TempDir
    private Path folder;

    private final String before = System.getProperty(FOLDER);

    @AfterEach
    void restore() {
        if (before == null) {
            System.clearProperty(FOLDER);
        } else {
            System.setProperty(FOLDER, before);
        }
    }

    @Test
    void aFolderThatCannotBeWrittenIsNamedWithAWayOut() throws IOException {
        Path below = Files.writeString(folder.resolve("file"), "").resolve("cache");
        System.setProperty(FOLDER, below.toString());

        assertThat(NativeLibraries.unusable(
                        "PyTorch",
                        new IllegalStateException("Failed to extract", new IOException("Failed to create directory"))))
                .hasMessageContainingAll("PyTorch", below.toString(), "DJL_CACHE_DIR")
                .hasMessageNotContaining("Exception");
    }

    @Test
    void anotherCauseIsTold() {
        System.setProperty(FOLDER, folder.toString());

        assertThat(NativeLibraries.unusable(
                        "the tokenizers",
                        new ExceptionInInitializerError(
                                new UnsatisfiedLinkError("libtokenizers.so: undefined symbol: x"))))
                .hasMessageContainingAll(folder.toString(), "undefined symbol: x");
        assertThat(folder).isEmptyDirectory();
    }
}
