package io.logitstream.pipeline.stages;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.pipeline.config.ConfigurationPrecedence;
import io.logitstream.pipeline.config.LogitstreamConfig;
import io.logitstream.pipeline.config.SettingValues;
import io.logitstream.pipeline.console.ProgressDisplay;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TeacherTasksTest {
    private static final Path TEACHER = Path.of("../teachers/java-4m");

    @TempDir
    private Path folder;

    @Test
    void aTeacherThatIsHeldInBfloat16IsNotLoadedInFloat32ForTasks() throws IOException {
        Files.writeString(
                folder.resolve("piqa.jsonl"), "{\"goal\":\"Count\",\"sol1\":\"one\",\"sol2\":\"two\",\"label\":0}\n");
        Path tooLarge = folder.resolve("not-loaded");
        Files.createDirectories(tooLarge);
        PrintStream before = System.err;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        try (PrintStream captured = new PrintStream(printed, true, StandardCharsets.UTF_8)) {
            System.setErr(captured);
            assertThat(EvaluateStage.scoreTasks(
                            config("bfloat16"),
                            Map.of("teacher", tooLarge, "pd", TEACHER),
                            ProgressDisplay.standardError()))
                    .containsOnlyKeys("pd");
        } finally {
            System.setErr(before);
        }

        assertThat(printed.toString(StandardCharsets.UTF_8))
                .contains("tasks are not scored for the teacher", "bfloat16 (teach.precision)");
        assertThat(EvaluateStage.scoreTasks(
                        config("float32"), Map.of("teacher", TEACHER), ProgressDisplay.standardError()))
                .containsOnlyKeys("teacher");
    }

    private LogitstreamConfig config(String precision) {
        return new ConfigurationPrecedence()
                .flags(new SettingValues()
                        .with("teach.precision", precision)
                        .with("tasks.piqa", folder.resolve("piqa.jsonl").toString()))
                .resolve();
    }
}
