package io.logitstream.student.tasks;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.messages.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TaskFileTest {
    private static final String GOOD = "{\"goal\": \"a\", \"sol1\": \"b\", \"sol2\": \"c\", \"label\": 1}\n";

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "piqa | {\"goal\": \"a\"} | field sol1 is missing",
                "piqa | {\"goal\": \"a\", \"sol1\": \"b\", \"sol2\": \"c\", \"label\": 2} | names none of its 2 choices",
                "piqa | {\"goal\": \"a\", \"sol1\": \"b\", \"sol2\": \"c\", \"label\": \"x\"} | field label is",
                "piqa | {\"goal\": \"a\" | not valid JSON",
                "winogrande | {\"sentence\": \"no blank\", \"option1\": \"b\", \"option2\": \"c\", \"answer\": \"1\"} | no blank",
                "winogrande | {\"sentence\": \"a _ b\", \"option1\": \"b\", \"option2\": \"c\", \"answer\": \"\"} | field answer",
                "hellaswag | {\"ctx_a\": \"a\", \"ctx_b\": \"\", \"activity_label\": \"x\", \"label\": 0} | field endings"
            })
    void aLineThatIsNoItemIsNamed(String name, String line, String message) throws IOException {
        Path file = Files.writeString(folder.resolve("task.jsonl"), line + "\n");

        assertThatThrownBy(() -> TaskFile.read(Map.of(name, file.toString())))
                .isInstanceOf(UsageException.class)
                .hasMessageStartingWith(file + ", line 1: ")
                .hasMessageContaining(message);
    }

    @Test
    void theLineIsCountedWithEmptyOnes() throws IOException {
        Path file = Files.writeString(folder.resolve("task.jsonl"), GOOD + "\n" + GOOD + "[]\n");

        assertThatThrownBy(() -> TaskFile.read(Map.of("piqa", file.toString())))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("line 4: ");
    }

    @Test
    void filesThatCannotBeTasksAreRefused() throws IOException {
        Path empty = Files.writeString(folder.resolve("empty.jsonl"), "\n");

        assertThatThrownBy(() -> TaskFile.read(Map.of("piqa", empty.toString())))
                .hasMessageContaining("has no items");
        assertThatThrownBy(() -> TaskFile.read(Map.of("piqa", "nowhere"))).hasMessageContaining("cannot be read");
        assertThatThrownBy(() -> TaskFile.read(Map.of("mmlu", "x")))
                .isInstanceOf(UsageException.class)
                .hasMessage("task 'mmlu' is unknown; use one of hellaswag, piqa, winogrande");
    }
}
