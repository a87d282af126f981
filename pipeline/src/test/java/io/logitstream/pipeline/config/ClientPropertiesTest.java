package io.logitstream.pipeline.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.messages.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClientPropertiesTest {
    @TempDir
    private Path folder;

    @Test
    void valuesComeFromTheEnvironmentAndFromFiles() throws IOException {
        Path secrets = Files.writeString(folder.resolve("secrets"), "key=one\n");
        Files.writeString(folder.resolve("alone"), "two");

        assertThat(read("a=${env:PATH}\nb=x ${file:" + secrets + ":key} y\nc=${dir:" + folder
                        + ":alone}\nd=$5 {plain}"))
                .containsEntry("a", System.getenv("PATH"))
                .containsEntry("b", "x one y")
                .containsEntry("c", "two")
                .containsEntry("d", "$5 {plain}");
    }

    @Test
    void whatIsNotThereIsNamed() {
        assertThatThrownBy(() -> read("sasl.jaas.config=${env:LOGITSTREAM_NO_SUCH_VARIABLE}"))
                .isInstanceOf(UsageException.class)
                .hasMessageContainingAll("sasl.jaas.config", "LOGITSTREAM_NO_SUCH_VARIABLE");
        assertThatThrownBy(() -> read("a=${file:" + folder + "/none:key}"))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("/none:key");
    }

    private Map<String, String> read(String text) throws IOException {
        return ClientProperties.read(Files.writeString(folder.resolve("clients.properties"), text));
    }
}
