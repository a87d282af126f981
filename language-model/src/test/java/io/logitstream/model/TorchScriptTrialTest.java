package io.logitstream.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.messages.ModelException;
import io.logitstream.model.trial.FakeJava;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("try") // A FakeJava only has to be in place.
class TorchScriptTrialTest {
    @TempDir
    private Path folder;

    @Test
    void aFileThatCannotBeTriedIsRefusedWithTheReason() throws IOException {
        Path file = Path.of("src/test/resources/torchscript/model.pt");

        try (FakeJava killed = FakeJava.running(folder, "kill -9 $$")) {
            assertThatThrownBy(() -> TorchScriptTrial.require(file, "cpu"))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContainingAll(file.toString(), "cannot be tried", "killed with signal 9")
                    .hasMessageNotContaining("malicious")
                    .hasMessageNotContaining("cannot be used");
        }
    }

    @Test
    void aFileThatCrashesTheChildProcessIsRefused() throws IOException {
        try (FakeJava crash = FakeJava.running(folder, "kill -11 $$")) {
            assertThatThrownBy(() -> TorchScriptTrial.require(folder.resolve("model.pt"), "cpu"))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContainingAll("model.pt cannot be used", "signal 11");
        }
    }

    @Test
    void aLargeFileHasMoreTime() throws IOException {
        Path file = folder.resolve("model.pt");
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(2L << 30);
        }

        assertThat(TorchScriptTrial.limit(file)).isEqualTo(Duration.ofSeconds(162));
        assertThat(TorchScriptTrial.limit(folder.resolve("none"))).isEqualTo(Duration.ofSeconds(60));
    }
}
