package io.logitstream.student.tasks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.messages.UsageException;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Prompts, log-likelihoods and scores are lm-evaluation-harness's, as make_tasks_fixture.py has recorded them. */
class HarnessAgreementTest {
    private static final Path TEACHER = Path.of("../teachers/java-4m");
    private static final Path TASKS = Path.of("src/test/resources/tasks");

    private static LanguageModel model;
    private static Tokenizer tokenizer;
    private static JsonNode expected;

    @TempDir
    private Path folder;

    @BeforeAll
    static void load() throws IOException {
        model = LanguageModels.load(TEACHER, "cpu");
        tokenizer = Tokenizer.load(TEACHER);
        expected = new ObjectMapper().readTree(TASKS.resolve("expected.json").toFile());
    }

    @AfterAll
    static void close() {
        tokenizer.close();
        model.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"hellaswag", "piqa", "winogrande"})
    void promptsAreTheHarnesss(String name) {
        List<MultipleChoiceItem> items = task(name).items();

        assertThat(items).hasSize(expected.path(name).path("items").size());
        for (int i = 0; i < items.size(); i++) {
            List<MultipleChoiceItem.Request> requests = new ArrayList<>();
            expected.path(name)
                    .path("items")
                    .path(i)
                    .path("requests")
                    .forEach(request -> requests.add(new MultipleChoiceItem.Request(
                            request.path(0).asText(), request.path(1).asText())));
            assertThat(items.get(i).requests()).isEqualTo(requests);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"hellaswag", "piqa", "winogrande"})
    void logLikelihoodsAreTheHarnesss(String name) {
        try (MultipleChoice scorer = new MultipleChoice(model, tokenizer)) {
            List<double[]> ours = scorer.logLikelihoods(task(name), done -> {});

            for (int i = 0; i < ours.size(); i++) {
                JsonNode theirs = expected.path(name).path("items").path(i).path("loglikelihoods");
                for (int choice = 0; choice < ours.get(i).length; choice++) {
                    assertThat(ours.get(i)[choice])
                            .as("item %d, choice %d", i, choice)
                            .isCloseTo(theirs.path(choice).asDouble(), within(1e-3));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"hellaswag", "piqa", "winogrande"})
    void scoresAreTheHarnesss(String name) {
        List<Long> progress = new ArrayList<>();
        try (MultipleChoice scorer = new MultipleChoice(model, tokenizer)) {
            TaskScore score = scorer.score(task(name), progress::add);

            JsonNode theirs = expected.path(name);
            assertThat(score.acc()).isEqualTo(theirs.path("acc").asDouble());
            assertThat(score.accNorm())
                    .isEqualTo(
                            theirs.path("acc_norm").isNull()
                                    ? null
                                    : theirs.path("acc_norm").asDouble());
            assertThat(score.accBytes())
                    .isEqualTo(
                            theirs.path("acc_bytes").isNull()
                                    ? null
                                    : theirs.path("acc_bytes").asDouble());
            assertThat(score.items()).isEqualTo(theirs.path("items").size());
        }
        assertThat(progress)
                .isSorted()
                .last()
                .isEqualTo(name.equals("hellaswag") ? 120L : name.equals("piqa") ? 64L : 60L);
    }

    @Test
    void aChoiceLongerThanTheContextOfTheModelIsRefused() throws IOException {
        Path file = Files.writeString(folder.resolve("long.jsonl"), """
        {"goal": "a", "sol1": "b", "sol2": "c", "label": 0}
        {"goal": "a", "sol1": "b", "sol2": "%s", "label": 0}
        """.formatted("x y ".repeat(300)));
        try (MultipleChoice scorer = new MultipleChoice(model, tokenizer)) {
            TaskFile task = TaskFile.read(Map.of("piqa", file.toString())).get(0);

            assertThatThrownBy(() -> scorer.score(task, done -> {}))
                    .isInstanceOf(UsageException.class)
                    .hasMessageContaining(file.toString() + ": item 2 ")
                    .hasMessageContaining("the model reads 256");
        }
    }

    @Test
    void anEmptyContextIsTheEndOfTextToken() {
        EncodedRequest request = EncodedRequest.of(tokenizer, new MultipleChoiceItem.Request("", " the value"));

        assertThat(request.tokens()[0]).isEqualTo(tokenizer.endOfText());
        assertThat(request.scored()).isEqualTo(request.tokens().length - 1);
    }

    private static TaskFile task(String name) {
        return TaskFile.read(Map.of(name, TASKS.resolve(name + ".jsonl").toString()))
                .get(0);
    }
}
