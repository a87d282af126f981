package io.logitstream.cli.commands;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.cli.testing.CliCall;
import io.logitstream.cli.testing.Repository;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Tasks on the command line without a cluster; expected values come from lm-evaluation-harness. */
class EvaluateTasksIT {
    private static final Path TEACHER = Repository.root().resolve("teachers/java-4m");
    private static final Path TASKS = Repository.root().resolve("student-consumer/src/test/resources/tasks");

    @Test
    void scoresAreATable() {
        CliCall call = CliCall.run(
                        "evaluate",
                        "--task",
                        "piqa=" + TASKS.resolve("piqa.jsonl"),
                        "--task",
                        "winogrande=" + TASKS.resolve("winogrande.jsonl"),
                        TEACHER.toString())
                .requireSuccess();

        assertThat(call.out().lines().map(line -> line.strip().replaceAll(" +", " ")))
                .containsExactly(
                        "task acc +/- acc_norm items",
                        "java-4m piqa 0.5625 0.0891 0.6563 32",
                        "java-4m winogrande 0.6000 0.0910 30");
    }

    @Test
    void scoresAreJson() throws IOException {
        CliCall call = CliCall.run(
                        "evaluate",
                        "--json",
                        "--set",
                        "tasks.hellaswag=" + TASKS.resolve("hellaswag.jsonl"),
                        "--teacher",
                        TEACHER.toString(),
                        TEACHER.toString())
                .requireSuccess();

        JsonNode expected = new ObjectMapper()
                .readTree(TASKS.resolve("expected.json").toFile())
                .path("hellaswag");
        JsonNode models = new ObjectMapper().readTree(call.out());
        assertThat(models.fieldNames()).toIterable().containsExactly("java-4m", "teacher");
        JsonNode score = models.path("java-4m").path("tasks").path("hellaswag");
        assertThat(score.path("acc")).isEqualTo(expected.path("acc"));
        assertThat(score.path("accNorm")).isEqualTo(expected.path("acc_norm"));
        assertThat(models.path("teacher")).isEqualTo(models.path("java-4m"));
        assertThat(models.path("java-4m").has("loss")).isFalse();
    }

    @Test
    void aTaskThatCannotBeIsRefused() {
        CliCall.run("evaluate", "--task", "mmlu=x", TEACHER.toString())
                .requireFailure(2, "task 'mmlu' is unknown; use one of hellaswag, piqa, winogrande");
        CliCall.run("evaluate", "--task", "piqa=nowhere.jsonl", TEACHER.toString())
                .requireFailure(2, "nowhere.jsonl");
        CliCall.run("evaluate", TEACHER.toString()).requireFailure(2, "no cluster is given");
    }
}
