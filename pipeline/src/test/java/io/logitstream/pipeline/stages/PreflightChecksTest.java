package io.logitstream.pipeline.stages;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.messages.UsageException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PreflightChecksTest {
    @TempDir
    private Path folder;

    @Test
    void aStudentThatWasKilledWhileItWaitedForItsFirstRecordGoesOn() throws Exception {
        Files.createDirectories(folder.resolve("tensorboard"));

        assertThatCode(() -> PreflightChecks.requireStudentFolder(folder)).doesNotThrowAnyException();
    }

    @Test
    void aFolderOfSomethingElseIsRefused() throws Exception {
        Files.writeString(folder.resolve("notes.txt"), "mine");

        assertThatThrownBy(() -> PreflightChecks.requireStudentFolder(folder))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("no student in training");
    }
}
