package io.logitstream.model.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.messages.ModelException;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Comparison with generate of transformers; the fixture comes from make_generation_fixture.py. */
class TextGeneratorTest {
    private static final Path CHECKPOINTS = Path.of("src/test/resources/checkpoints");
    private static final Path FAMILIES = Path.of("src/test/resources/families");
    private static final Path TEACHER = Path.of("../teachers/java-4m");

    @ParameterizedTest
    @ValueSource(strings = {"llama", "llama3-rope-tied"})
    void greedyTokensAreThoseOfTransformers(String name) throws IOException {
        JsonNode expected = fixture().path("checkpoints").path(name);
        List<Integer> tokens = new ArrayList<>();
        try (LanguageModel model = LanguageModels.load(CHECKPOINTS.resolve(name), "cpu")) {
            boolean stopped = new TextGenerator(model, model.config().vocabularySize(), Set.of())
                    .generate(ints(expected.path("prompt")), 24, greedy(), tokens::add);

            assertThat(stopped).isFalse();
        }
        assertThat(tokens.stream().mapToInt(token -> token).toArray()).containsExactly(ints(expected.path("tokens")));
    }

    /** With sliding windows, and with longrope across the length beyond which all angles change. */
    @ParameterizedTest
    @ValueSource(strings = {"gemma2-4", "gemma3", "granite", "olmo2", "phi3", "phi3-longrope", "smollm3-window"})
    void greedyTokensOfEachFamilyAreThoseOfTransformers(String name) throws IOException {
        JsonNode expected = fixture().path("families").path(name);
        List<Integer> tokens = new ArrayList<>();
        try (LanguageModel model = LanguageModels.load(FAMILIES.resolve(name), "cpu")) {
            new TextGenerator(model, model.config().vocabularySize(), Set.of())
                    .generate(ints(expected.path("prompt")), 40, greedy(), tokens::add);
        }
        assertThat(tokens.stream().mapToInt(token -> token).toArray()).containsExactly(ints(expected.path("tokens")));
    }

    @Test
    void greedyTextsAreThoseOfTransformers() throws IOException {
        try (LanguageModel model = LanguageModels.load(TEACHER, "cpu");
                Tokenizer tokenizer = Tokenizer.load(TEACHER)) {
            TextGenerator generator = new TextGenerator(model, tokenizer.vocabularySize(), StopTokens.of(TEACHER));
            for (JsonNode expected : fixture().path("teacher")) {
                int[] prompt =
                        tokenizer.encodeAsHuggingFace(expected.path("text").asText(), true);
                assertThat(prompt).isEqualTo(ints(expected.path("prompt")));
                StringBuilder text = new StringBuilder();
                StreamingDecoder stream = new StreamingDecoder(tokenizer, prompt, text::append);
                generator.generate(prompt, 40, greedy(), stream::add);
                stream.end();

                assertThat(text.toString()).isEqualTo(expected.path("answer").asText());
            }
        }
    }

    @Test
    void aStopEndsTheTextAndIsNoPartOfIt() throws IOException {
        JsonNode expected = fixture().path("checkpoints").path("llama");
        List<Integer> tokens = new ArrayList<>();
        try (LanguageModel model = LanguageModels.load(CHECKPOINTS.resolve("llama"), "cpu")) {
            boolean stopped = new TextGenerator(
                            model,
                            model.config().vocabularySize(),
                            Set.of(expected.path("tokens").get(7).asInt()))
                    .generate(ints(expected.path("prompt")), 24, greedy(), tokens::add);

            assertThat(stopped).isTrue();
        }
        assertThat(tokens.stream().mapToInt(token -> token).toArray())
                .containsExactly(Arrays.copyOf(ints(expected.path("tokens")), 7));
    }

    @Test
    void theContextOfTheModelEndsTheText() {
        List<Integer> tokens = new ArrayList<>();
        try (LanguageModel model = LanguageModels.load(TEACHER, "cpu")) {
            TextGenerator generator = new TextGenerator(model, 4096, Set.of());
            generator.generate(new int[250], 1000, greedy(), tokens::add);

            assertThat(tokens).hasSize(6);
            assertThatThrownBy(() -> generator.generate(new int[256], 1, greedy(), tokens::add))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContaining("256 tokens cannot be continued");
            assertThatThrownBy(() -> generator.generate(new int[0], 1, greedy(), tokens::add))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContaining("0 tokens cannot be continued");
        }
    }

    private static Sampler greedy() {
        return new Sampler(new Sampling(0.0, null, null, null));
    }

    private static JsonNode fixture() throws IOException {
        try (InputStream in = TextGeneratorTest.class.getResourceAsStream("/generation/expected.json")) {
            return new ObjectMapper().readTree(in);
        }
    }

    private static int[] ints(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .mapToInt(JsonNode::asInt)
                .toArray();
    }
}
