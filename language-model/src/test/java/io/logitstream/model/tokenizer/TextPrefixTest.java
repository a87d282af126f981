package io.logitstream.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.messages.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What tokenizers put before a text. The post-processors and settings are those of the named models' files, over a small
 * vocabulary in which "!" (id 1) stands for their begin-of-text token.
 */
class TextPrefixTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String BYTE_LEVEL =
            "{\"type\": \"ByteLevel\", \"add_prefix_space\": false, \"trim_offsets\": false, \"use_regex\": false}";
    private static final String TEMPLATE = "{\"type\": \"TemplateProcessing\", \"single\": [{\"SpecialToken\": {\"id\":"
            + " \"!\", \"type_id\": 0}}, {\"Sequence\": {\"id\": \"A\", \"type_id\": 0}}], \"pair\": [{\"Sequence\":"
            + " {\"id\": \"A\", \"type_id\": 0}}, {\"Sequence\": {\"id\": \"B\", \"type_id\": 1}}],"
            + " \"special_tokens\": {\"!\": {\"id\": \"!\", \"ids\": [1], \"tokens\": [\"!\"]}}}";
    private static final String LLAMA_3 =
            "{\"type\": \"Sequence\", \"processors\": [" + BYTE_LEVEL + ", " + TEMPLATE + "]}";
    private static final String GLM_4 = TEMPLATE.replace(
                    "[{\"SpecialToken\"", "[{\"SpecialToken\": {\"id\": \"#\", \"type_id\": 0}}, {\"SpecialToken\"")
            .replace(
                    "\"special_tokens\": {",
                    "\"special_tokens\": {\"#\": {\"id\": \"#\", \"ids\": [3], \"tokens\":" + " [\"#\"]}, ");
    private static final String WITH_END = TEMPLATE.replace(
            "[{\"SpecialToken\": {\"id\": \"!\", \"type_id\": 0}}, {\"Sequence\": {\"id\": \"A\", \"type_id\": 0}}]",
            "[{\"Sequence\": {\"id\": \"A\", \"type_id\": 0}}, {\"SpecialToken\": {\"id\": \"!\", \"type_id\": 0}}]");

    @TempDir
    private Path folder;

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '#',
            quoteCharacter = '~',
            value = {
                "Qwen 3       # BYTE_LEVEL # {\"add_bos_token\": false, \"bos_token\": null}  # ",
                "gpt-oss      # BYTE_LEVEL # {\"bos_token\": \"!\"}                          # ",
                "Llama 3.1    # LLAMA_3    # {\"bos_token\": \"!\"}                          # 1",
                "Llama 2      # TEMPLATE   # {\"add_bos_token\": true, \"bos_token\": \"!\"}   # 1",
                "Gemma 3      # TEMPLATE   # {\"add_bos_token\": true, \"bos_token\": \"!\"}   # 1",
                "DeepSeek V3  # BYTE_LEVEL # {\"add_bos_token\": true, \"bos_token\": {\"content\": \"!\"}} # 1",
                "GLM 4        # GLM_4      # {}                                            # 3 1",
                "switched off # TEMPLATE   # {\"add_bos_token\": false, \"bos_token\": \"!\"}  # ",
                "end only     # WITH_END   # {\"bos_token\": \"!\"}                          # "
            })
    void theTokensAreThoseOfTheTokenizersOwnSettings(String model, String processor, String config, String expected)
            throws IOException {
        write(
                switch (processor.strip()) {
                    case "BYTE_LEVEL" -> BYTE_LEVEL;
                    case "LLAMA_3" -> LLAMA_3;
                    case "GLM_4" -> GLM_4;
                    case "WITH_END" -> WITH_END;
                    default -> TEMPLATE;
                },
                config);

        try (Tokenizer tokenizer = Tokenizer.load(folder)) {
            assertThat(TextPrefix.added(tokenizer))
                    .as(model)
                    .containsExactly(
                            expected == null
                                    ? new int[0]
                                    : java.util.Arrays.stream(expected.strip().split(" "))
                                            .mapToInt(Integer::parseInt)
                                            .toArray());
        }
    }

    @Test
    void aTokenizerThatAddsNoneCanBeAskedForItsOwn() throws IOException {
        write(BYTE_LEVEL, "{\"bos_token\": \"!\"}");
        try (Tokenizer tokenizer = Tokenizer.load(folder)) {
            assertThat(TextPrefix.required(tokenizer)).containsExactly(1);
        }

        write(BYTE_LEVEL, "{}");
        try (Tokenizer tokenizer = Tokenizer.load(folder)) {
            assertThatThrownBy(() -> TextPrefix.required(tokenizer))
                    .isInstanceOf(UsageException.class)
                    .hasMessageContainingAll("corpus.beginOfText", folder.toString(), "bos_token");
        }
    }

    @Test
    void anotherTokenCanEndDocumentsAndOneThatIsNotThereIsNamedWithTheNearest() throws IOException {
        write(BYTE_LEVEL, "{\"eos_token\": \"!\"}");

        try (Tokenizer tokenizer = Tokenizer.load(folder, "<|endoftext|>")) {
            assertThat(tokenizer.endOfText()).isZero();
            assertThat(tokenizer.encode("a <|endoftext|> in a text")).doesNotContain(0);
        }
        assertThatThrownBy(() -> Tokenizer.load(folder, "<|endoftxt|>"))
                .isInstanceOf(UsageException.class)
                .hasMessageContainingAll("corpus.endOfText", "'<|endoftxt|>'", "nearest are '<|endoftext|>'");
    }

    private void write(String postProcessor, String config) throws IOException {
        ObjectNode json = (ObjectNode)
                JSON.readTree(Path.of("src/test/resources/io/logitstream/model/tokenizer/byte-level/tokenizer.json")
                        .toFile());
        JsonNode processor = JSON.readTree(postProcessor);
        json.set("post_processor", processor);
        JSON.writeValue(folder.resolve("tokenizer.json").toFile(), json);
        Files.writeString(folder.resolve("tokenizer_config.json"), config);
    }
}
