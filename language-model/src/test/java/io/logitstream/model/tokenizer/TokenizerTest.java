package io.logitstream.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.messages.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Comparison with ids of Hugging Face tokenizers in Python (make_fixtures.py). */
@SuppressWarnings("unchecked") // AssertJ asks for the types of the keys and values of a map.
class TokenizerTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder;

    static Path fixture(String name) {
        return Path.of("src/test/resources/io/logitstream/model/tokenizer", name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"byte-level", "split-by-regex", "sentence-piece"})
    void encodesLikeHuggingFaceWithSpecialTokensAsText(String name) throws IOException {
        JsonNode cases = JSON.readTree(fixture(name + "/expected.json").toFile());

        try (Tokenizer tokenizer = Tokenizer.load(fixture(name))) {
            assertThat(cases).isNotEmpty();
            for (JsonNode example : cases) {
                int[] expected = JSON.convertValue(example.get("ids"), int[].class);
                assertThat(tokenizer.encode(example.get("text").asText()))
                        .as(example.get("text").asText())
                        .isEqualTo(expected);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"byte-level", "split-by-regex", "sentence-piece"})
    void decodingGivesTheTextBack(String name) throws IOException {
        JsonNode cases = JSON.readTree(fixture(name + "/expected.json").toFile());

        try (Tokenizer tokenizer = Tokenizer.load(fixture(name))) {
            assertThat(cases).isNotEmpty();
            for (JsonNode example : cases) {
                String text = example.get("text").asText();
                String kept = name.equals("split-by-regex") ? Normalizer.normalize(text, Normalizer.Form.NFC) : text;
                assertThat(tokenizer.decode(tokenizer.encode(text))).isEqualTo(kept);
            }
        }
    }

    @Test
    void idsOutsideTheModelsVocabularyStayWhereTheyAre() {
        try (Tokenizer tokenizer = Tokenizer.load(fixture("split-by-regex"))) {
            assertThat(tokenizer.encode("</tool>")).containsExactly(333);
            assertThat(tokenizer.encode("<|x|>")).doesNotContain(332).hasSizeGreaterThan(1);
            assertThat(tokenizer.decode(new int[] {330, 331, 332})).isEqualTo("<|endoftext|><tool><|x|>");
            assertThat(tokenizer.vocabularySize()).isEqualTo(334);
        }
    }

    @Test
    void refusesHalfOfASurrogatePair() {
        try (Tokenizer tokenizer = Tokenizer.load(fixture("byte-level"))) {
            assertThatThrownBy(() -> tokenizer.encode("ab\ud83dc"))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContaining("character 2");
            assertThatThrownBy(() -> tokenizer.encode("ab\ude00\ud83d")).isInstanceOf(ModelException.class);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "tokenizer_config.json  | {\"eos_token\": \"!\"}                 | 1",
                "tokenizer_config.json  | {\"eos_token\": {\"content\": \"!\"}}  | 1",
                "generation_config.json | {\"eos_token_id\": 7}                  | 7",
                "generation_config.json | {\"eos_token_id\": [9, 7]}             | 9",
                "config.json            | {\"eos_token_id\": 5}                  | 5",
                "special_tokens_map.json | {\"eos_token\": {\"content\": \"!\"}} | 1",
                "tokenizer_config.json  | {\"eos_token\": null}                  | 0"
            })
    void findsTheEndOfTextInTheFoldersFiles(String file, String content, int expected) throws IOException {
        Files.copy(fixture("byte-level/tokenizer.json"), folder.resolve("tokenizer.json"));
        Files.writeString(folder.resolve(file), content);

        try (Tokenizer tokenizer = Tokenizer.load(folder)) {
            assertThat(tokenizer.endOfText()).isEqualTo(expected);
        }
    }

    // Files of published folders, reduced to the keys of the end of text.
    @ParameterizedTest
    @CsvSource(
            delimiter = '#',
            value = {
                "Qwen 2.5 base # <|endoftext|>   # {\"eos_token\": \"<|endoftext|>\", \"pad_token\": \"<|endoftext|>\","
                        + " \"bos_token\": null} # {\"eos_token_id\": 7} # 7",
                "Qwen 3        # <|im_end|>      # {\"eos_token\": \"<|im_end|>\"} # {\"eos_token_id\": [8, 7]} # 8",
                "Llama 3       # <|end_of_text|> # {\"eos_token\": {\"content\": \"<|end_of_text|>\", \"special\": true}}"
                        + " # {\"eos_token_id\": [5, 6, 9]} # 5",
                "GLM 4         # <|endoftext|>   # {\"eos_token\": \"<|endoftext|>\"} # {\"eos_token_id\": [4, 3, 2]} # 2"
            })
    void theTokenizersOwnEndOfTextGoesBeforeTheModelsStopTokens(
            String folderOf, String endOfText, String tokenizerConfig, String generationConfig, int configId)
            throws IOException {
        Files.writeString(
                folder.resolve("tokenizer.json"),
                Files.readString(fixture("byte-level/tokenizer.json")).replace("<|endoftext|>", endOfText));
        Files.writeString(folder.resolve("tokenizer_config.json"), tokenizerConfig);
        Files.writeString(folder.resolve("generation_config.json"), generationConfig);
        Files.writeString(folder.resolve("config.json"), "{\"eos_token_id\": " + configId + "}");

        try (Tokenizer tokenizer = Tokenizer.load(folder)) {
            assertThat(tokenizer.endOfText()).as(folderOf).isZero();
            assertThat(tokenizer.decode(new int[] {0})).isEqualTo(endOfText);
        }
    }

    @Test
    void saysWhatToAddWhenNothingNamesAnEndOfText() throws IOException {
        String json = Files.readString(fixture("byte-level/tokenizer.json"));
        Files.writeString(folder.resolve("tokenizer.json"), json.replace("<|endoftext|>", "<|other|>"));

        try (Tokenizer tokenizer = Tokenizer.load(folder)) {
            assertThatThrownBy(tokenizer::endOfText)
                    .isInstanceOf(ModelException.class)
                    .hasMessageContaining(folder.toString())
                    .hasMessageContaining("tokenizer_config.json")
                    .hasMessageContaining("eos_token");
        }
    }

    @Test
    void refusesAnEndOfTextOutsideTheVocabulary() throws IOException {
        Files.copy(fixture("byte-level/tokenizer.json"), folder.resolve("tokenizer.json"));
        Files.writeString(folder.resolve("config.json"), "{\"eos_token_id\": 350}");

        assertThatThrownBy(() -> Tokenizer.load(folder))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("350");
    }

    @Test
    void namesFilesThatCannotBeUsed() throws IOException {
        Path file = folder.resolve("tokenizer.json");

        assertThatThrownBy(() -> Tokenizer.load(folder))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining(file.toString());
        for (String content : new String[] {"", "[]", "{\"model\": ", "{\"model\": {\"vocab\": {\"a\": 0}}}"}) {
            Files.writeString(file, content);
            assertThatThrownBy(() -> Tokenizer.load(file))
                    .as(content)
                    .isInstanceOf(ModelException.class)
                    .hasMessageContaining(file.toString());
        }
    }

    @Test
    void aModelsFolderHasAllFilesOfItsTokenizerAndWhatBatchesNeed() throws IOException {
        Path own = Files.createDirectories(folder.resolve("own"));
        Path student = folder.resolve("student");
        Files.copy(fixture("byte-level/tokenizer.json"), own.resolve("tokenizer.json"));
        Files.writeString(
                own.resolve("special_tokens_map.json"), "{\"eos_token\": \"<|endoftext|>\", \"bos_token\": \"!\"}");
        Files.writeString(own.resolve("chat_template.jinja"), "{{ messages }}");
        Files.writeString(own.resolve("added_tokens.json"), "{}");
        Files.writeString(
                own.resolve("tokenizer_config.json"), "{\"model_max_length\": 131072, \"custom\": {\"kept\": true}}");

        try (Tokenizer tokenizer = Tokenizer.load(own)) {
            tokenizer.copyForModel(student, 64);

            for (String name : new String[] {
                "tokenizer.json", "special_tokens_map.json", "chat_template.jinja", "added_tokens.json"
            }) {
                assertThat(student.resolve(name)).hasSameBinaryContentAs(own.resolve(name));
            }
            assertThat(JSON.readValue(student.resolve("tokenizer_config.json").toFile(), Map.class))
                    .isEqualTo(Map.of(
                            "model_max_length", 64, "custom", Map.of("kept", true), "pad_token", "<|endoftext|>"));
            try (Tokenizer ofStudent = Tokenizer.load(student)) {
                assertThat(ofStudent.prefixToken())
                        .isEqualTo(tokenizer.prefixToken())
                        .isEqualTo(1);
                assertThat(ofStudent.endOfText()).isEqualTo(tokenizer.endOfText());
                assertThat(ofStudent.vocabularySize()).isEqualTo(tokenizer.vocabularySize());
                assertThat(ofStudent.hash()).isEqualTo(tokenizer.hash());
            }
        }
    }

    @Test
    void aPaddingTokenThatIsNamedAndAShorterLimitStay() throws IOException {
        Path own = Files.createDirectories(folder.resolve("own"));
        Files.copy(fixture("byte-level/tokenizer.json"), own.resolve("tokenizer.json"));
        Files.writeString(own.resolve("special_tokens_map.json"), "{\"pad_token\": {\"content\": \"!\"}}");
        Files.writeString(own.resolve("tokenizer_config.json"), "{\"model_max_length\": 32}");

        try (Tokenizer tokenizer = Tokenizer.load(own)) {
            tokenizer.copyForModel(folder.resolve("student"), 64);
        }

        assertThat(JSON.readValue(
                        folder.resolve("student/tokenizer_config.json").toFile(), Map.class))
                .isEqualTo(Map.of("model_max_length", 32));
    }

    @Test
    void copyOpensWithTheSameHashAndEndOfText() throws IOException {
        Path copy = folder.resolve("copy");

        try (Tokenizer original = Tokenizer.load(fixture("byte-level/tokenizer.json"))) {
            original.copyTo(copy);
            original.copyTo(copy);

            try (Tokenizer again = Tokenizer.load(copy)) {
                assertThat(again.hash()).isEqualTo(original.hash()).hasSize(64);
                assertThat(again.endOfText()).isEqualTo(original.endOfText());
                again.copyTo(copy);
            }
        }
        Map<String, Object> expected = new HashMap<>(Map.of(
                "tokenizer_class",
                "PreTrainedTokenizerFast",
                "clean_up_tokenization_spaces",
                false,
                "eos_token",
                "<|endoftext|>"));
        assertThat(JSON.readValue(copy.resolve("tokenizer_config.json").toFile(), Map.class))
                .isEqualTo(expected);
    }
}
