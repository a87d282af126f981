package io.logitstream.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
    @TempDir
    private Path folder;

    @Test
    void aFileIsReplacedByAnotherOneAndNothingIsLeftBeside() throws IOException {
        Path file = Files.writeString(folder.resolve("a.txt"), "before");
        Object key = Files.readAttributes(file, BasicFileAttributes.class).fileKey();

        AtomicFile.replace(file, "after, äöü");

        assertThat(file).hasContent("after, äöü");
        assertThat(Files.readAttributes(file, BasicFileAttributes.class).fileKey())
                .as("the old file was not written to")
                .isNotEqualTo(key);
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void contentThatFailsHalfwayLeavesTheOldFile() throws IOException {
        Path file = Files.writeString(folder.resolve("a.txt"), "before");

        assertThatThrownBy(() -> AtomicFile.replace(file, out -> {
                    out.write(new byte[200_000]);
                    throw new IOException("no space left");
                }))
                .isInstanceOf(IOException.class)
                .hasMessage("no space left");

        assertThat(file).hasContent("before");
        assertThat(folder.resolve("a.txt.unfinished")).doesNotExist();
    }

    @Test
    void whatACrashHasLeftBesideIsWrittenOver() throws IOException {
        Files.writeString(folder.resolve("a.txt.unfinished"), "a long piece of something else");

        AtomicFile.replace(folder.resolve("a.txt"), "new");

        assertThat(folder.resolve("a.txt")).hasContent("new");
    }

    @Test
    void aFileWithoutAFolderInItsNameIsOneOfTheWorkingFolder() throws IOException {
        Path file = Path.of("target", "atomic-file-test.txt");

        AtomicFile.replace(file, "x");

        assertThat(file).hasContent("x");
        Files.delete(file);
    }
}
