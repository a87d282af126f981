package io.logitstream.model.trial;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.engine.EngineException;
import io.logitstream.files.BoundedFiles;
import io.logitstream.messages.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelFailureTextTest {
    @Test
    void theStackTraceOfLibtorchIsLeftOut() {
        assertThat(ModelFailureText.of(
                        new EngineException("\n  no such file\u001b[31m\nException raised from x (most recent call)")))
                .isEqualTo("PyTorch: no such file\\u001b[31m");
    }

    @Test
    void failuresThatHaveNoWordsForUsersGetSome() {
        assertThat(ModelFailureText.of(new NoSuchFileException("/a"))).isEqualTo("/a does not exist");
        assertThat(ModelFailureText.of(new StackOverflowError())).isEqualTo("it is nested too deeply");
        assertThat(ModelFailureText.of(new OutOfMemoryError())).contains("LOGITSTREAM_HEAP");
        assertThat(ModelFailureText.of(new EngineException((String) null)))
                .doesNotContain("null")
                .doesNotContain("Exception");
    }

    @Test
    void aFileThatIsNotThereIsSaidInWords(@TempDir Path folder) throws IOException {
        Path broken = Files.writeString(folder.resolve("config.json"), "{\"a\": nope}");

        assertThatThrownBy(() -> BoundedFiles.read(folder.resolve("none.json"), 10))
                .isInstanceOf(ModelException.class)
                .hasMessageEndingWith("none.json does not exist");
        assertThatThrownBy(() -> BoundedFiles.json(broken, 100))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(broken + ": not readable as JSON: ", "nope", "line 1");
    }
}
