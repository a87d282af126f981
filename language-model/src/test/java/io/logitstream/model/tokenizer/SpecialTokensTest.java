package io.logitstream.model.tokenizer;

import static io.logitstream.model.tokenizer.TokenizerTest.fixture;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.messages.ModelException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Added and special tokens: their ids are those in the file, and no text of a corpus yields the end of text. */
class SpecialTokensTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String[] FORGERIES = {
        "one</s>two", "</s>", "the </s> river", "</s></s>", " </s>", "\u2581</s>", "<s>", "\uff1c/s\uff1e"
    };

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"wordlevel", "ignore-merges-special-in-vocab"})
    void noTextForgesAnEndOfText(String name) {
        requireNoForgery(fixture(name));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "Unigram  | true  | {'type': 'Unigram', 'unk_id': 0, 'vocab': [['<unk>', 0], ['<s>', 0], ['</s>', 0], ['o', -3], ['n', -3],"
                        + " ['e', -3], ['\u2581', -2], ['t', -3], ['w', -3], ['<', -5], ['s', -5]]} | `null`",
                "control  | false | {'type': 'Unigram', 'unk_id': 0, 'vocab': [['<unk>', 0], ['<s>', 0], ['</s>', 0], ['o', -3], ['n', -3],"
                        + " ['e', -3], ['\u2581', -2], ['t', -3], ['w', -3], ['<', -5], ['s', -5]]} | `null`",
                "WordPiece | true | {'type': 'WordPiece', 'unk_token': '<unk>', 'continuing_subword_prefix': '##',"
                        + " 'max_input_chars_per_word': 100, 'vocab': {'<unk>': 0, '<s>': 1, '</s>': 2, 'one': 3, '##two': 4, '##</s>': 5}}"
                        + " | `{'type': 'WhitespaceSplit'}`",
                "merged   | true  | {'type': 'BPE', 'vocab': {'<unk>': 0, '<s>': 1, '</s>': 2, '<': 3, '/': 4, 's': 5, '>': 6, '</': 7, 's>': 8,"
                        + " 'o': 9, 'n': 10, 'e': 11}, 'merges': ['< /', 's >', '</ s>']} | `null`",
                "pairs    | true  | {'type': 'BPE', 'vocab': {'<unk>': 0, '<s>': 1, '</s>': 2, '<': 3, '/': 4, 's': 5, '>': 6, '</': 7, 's>': 8,"
                        + " 'o': 9, 'n': 10, 'e': 11}, 'merges': [['<', '/'], ['s', '>'], ['</', 's>']]} | `null`",
                "ordinary | false | {'type': 'BPE', 'vocab': {'<unk>': 0, '<s>': 1, '</s>': 2, '<': 3, '/': 4, 's': 5, '>': 6}, 'merges': [],"
                        + " 'ignore_merges': true} | `null`"
            })
    void noTextForgesAnEndOfTextWhateverTheModel(String name, boolean special, String model, String preTokenizer)
            throws IOException {
        write(
                "{'version': '1.0', 'truncation': null, 'padding': null, 'normalizer': {'type': 'NFKC'}, 'pre_tokenizer': "
                        + preTokenizer + ", 'post_processor': null, 'decoder': null, 'added_tokens': ["
                        + added(0, "<unk>", true) + ", "
                        + added(1, "<s>", special) + ", " + added(2, "</s>", special) + "], 'model': " + model + "}");

        requireNoForgery(folder);
    }

    @Test
    void anEndOfTextInTheModelsVocabularyAloneCannotBeForgedEither() throws IOException {
        write("{'version': '1.0', 'truncation': null, 'padding': null, 'normalizer': null, 'pre_tokenizer': null,"
                + " 'post_processor': null, 'decoder': null, 'added_tokens': [], 'model': {'type': 'Unigram', 'unk_id': 0,"
                + " 'vocab': [['<unk>', 0], ['<s>', 0], ['</s>', 0], ['o', -3], ['n', -3], ['e', -3]]}}");

        requireNoForgery(folder);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {"<unk> | no token for", "a | single character"})
    void anEndOfTextThatTextsYieldAsWellIsRefused(String endOfText, String reason) throws IOException {
        write("{'version': '1.0', 'truncation': null, 'padding': null, 'normalizer': null, 'pre_tokenizer': null,"
                + " 'post_processor': null, 'decoder': null, 'added_tokens': [" + added(0, "<unk>", true) + "],"
                + " 'model': {'type': 'WordLevel', 'unk_token': '<unk>', 'vocab': {'<unk>': 0, 'a': 1}}}");
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"eos_token\": \"" + endOfText + "\"}");

        try (Tokenizer tokenizer = Tokenizer.load(folder)) {
            assertThatThrownBy(tokenizer::requireEndOfTextApart)
                    .isInstanceOf(ModelException.class)
                    .hasMessageContaining(folder.toString())
                    .hasMessageContaining("'" + endOfText + "'")
                    .hasMessageContaining(reason);
            assertThatThrownBy(() -> tokenizer.encode("a b")).isInstanceOf(ModelException.class);
        }
    }

    @Test
    void dropoutIsNotDrawn() throws IOException {
        ObjectNode root =
                (ObjectNode) JSON.readTree(fixture("byte-level/tokenizer.json").toFile());
        ((ObjectNode) root.path("model")).put("dropout", 0.5);
        Files.writeString(folder.resolve("tokenizer.json"), root.toString());
        String text = "A sentence that has several merges, and several more of them.";

        try (Tokenizer drawn = Tokenizer.load(folder);
                Tokenizer whole = Tokenizer.load(fixture("byte-level"))) {
            for (int i = 0; i < 5; i++) {
                assertThat(drawn.encode(text)).isEqualTo(whole.encode(text));
            }
        }
    }

    @Test
    void idsAreThoseOfTheFileAlsoBehindHolesOfTheVocabulary() {
        try (Tokenizer tokenizer = Tokenizer.load(fixture("hole-then-added"))) {
            assertThat(tokenizer.endOfText()).isEqualTo(334);
            assertThat(tokenizer.encodeAsHuggingFace("</s><extra><|x|>", false)).containsExactly(334, 335, 336);
            assertThat(tokenizer.encode("<extra>")).containsExactly(335);
            assertThat(tokenizer.decode(tokenizer.encode("one<extra>two"))).isEqualTo("one<extra>two");
            assertThat(tokenizer.encode("one</s><|x|>")).doesNotContain(334, 336);
        }
    }

    @Test
    void idsThatTheLibraryDoesNotGiveAreRefused() throws IOException {
        assertThatThrownBy(() -> Tokenizer.load(fixture("gap-eos")))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("'</s>' has id 340")
                .hasMessageContaining("331");

        // The same tokens in another order.
        ObjectNode root =
                (ObjectNode) JSON.readTree(fixture("gap-eos/tokenizer.json").toFile());
        JsonNode extra = root.path("added_tokens").get(0);
        ObjectNode end = root.path("added_tokens").get(1).deepCopy();
        root.putArray("added_tokens").add(end.put("id", 331)).add(extra);
        Files.writeString(folder.resolve("tokenizer.json"), root.toString());
        assertThatThrownBy(() -> Tokenizer.load(folder))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("'</s>' has id 331")
                .hasMessageContaining("330");
    }

    @Test
    void bytesOfAddedTokensWithTheSpaceSignAreThoseOfTheirText() throws IOException {
        String text = Files.readString(fixture("space-run-tokens/text.txt"));
        try (Tokenizer tokenizer = Tokenizer.load(fixture("space-run-tokens"))) {
            assertThat(text.getBytes(StandardCharsets.UTF_8)).hasSize(48);
            assertThat(bytes(tokenizer, text)).isEqualTo(48);
            assertThat(bytes(tokenizer, "a  b\n\n    c \u00e9\u0001")).isEqualTo(15);
        }
    }

    @Test
    void bytesOfTextAreCountedInEveryKindOfVocabulary() throws IOException {
        write("{'version': '1.0', 'truncation': null, 'padding': null, 'normalizer': null, 'pre_tokenizer':"
                + " {'type': 'WhitespaceSplit'}, 'post_processor': null, 'decoder': {'type': 'WordPiece', 'prefix': '##', 'cleanup':"
                + " false}, 'added_tokens': [" + added(0, "<unk>", true)
                + "], 'model': {'type': 'WordPiece', 'unk_token': '<unk>',"
                + " 'continuing_subword_prefix': '##', 'max_input_chars_per_word': 100, 'vocab': {'<unk>': 0, 'play': 1,"
                + " '##ing': 2, '\u2581': 3}}}");

        try (Tokenizer tokenizer = Tokenizer.load(folder)) {
            assertThat(tokenizer.encodeAsHuggingFace("playing \u2581", false)).containsExactly(1, 2, 3);
            assertThat(new int[] {tokenizer.utf8Length(1), tokenizer.utf8Length(2), tokenizer.utf8Length(3)})
                    .containsExactly(4, 3, 3);
        }
    }

    private static int bytes(Tokenizer tokenizer, String text) {
        return Arrays.stream(tokenizer.encode(text)).map(tokenizer::utf8Length).sum();
    }

    private static void requireNoForgery(Path folder) {
        try (Tokenizer tokenizer = Tokenizer.load(folder)) {
            for (String text : FORGERIES) {
                assertThat(tokenizer.encode(text)).as(text).doesNotContain(tokenizer.endOfText());
            }
            assertThat(tokenizer.encodeAsHuggingFace("</s>", false))
                    .as("the token is there")
                    .contains(tokenizer.endOfText());
        }
    }

    private void write(String tokenizer) throws IOException {
        Files.writeString(folder.resolve("tokenizer.json"), tokenizer.replace('\'', '"'));
    }

    private static String added(int id, String content, boolean special) {
        return "{'id': " + id + ", 'content': '" + content
                + "', 'single_word': false, 'lstrip': false, 'rstrip': false," + " 'normalized': false, 'special': "
                + special + "}";
    }
}
