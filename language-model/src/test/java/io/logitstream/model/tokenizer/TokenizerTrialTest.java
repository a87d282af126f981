package io.logitstream.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.messages.ModelException;
import io.logitstream.model.trial.FakeJava;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Tokenizers on which the native library ends its process. */
@SuppressWarnings("try") // A FakeJava only has to be in place.
class TokenizerTrialTest {
    private static final String PLAIN = "{\"type\": \"Whitespace\"}";

    @TempDir
    private Path folder;

    static Stream<Arguments> deadly() {
        return Stream.of(
                Arguments.of(
                        "a regular expression nested too deeply",
                        split("(".repeat(100_000) + "a" + ")".repeat(100_000)),
                        "null",
                        "signal 11"),
                Arguments.of("one that backtracks too much", split("(a+)+$"), "null", "retry-limit-in-match over"),
                Arguments.of(
                        "the same in the normalizer",
                        PLAIN,
                        "{\"type\": \"Replace\", \"pattern\": {\"Regex\": \"(a|aa)+$\"}, \"content\": \"\"}",
                        "retry-limit-in-match over"),
                Arguments.of(
                        "a damaged table of characters",
                        PLAIN,
                        "{\"type\": \"Precompiled\", \"precompiled_charsmap\": \"BAAAAP////8=\"}",
                        "index out of bounds"));
    }

    @ParameterizedTest
    @MethodSource("deadly")
    void whatEndsTheProcessIsRefusedInOneLine(String name, String preTokenizer, String normalizer, String cause)
            throws IOException {
        Path file = write(preTokenizer, normalizer);

        assertThatThrownBy(() -> Tokenizer.load(file))
                .as(name)
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(file.toString(), "ends the process with signal", cause)
                .hasMessageNotContaining("\n");
    }

    @Test
    void anExpressionOfItsOwnThatIsHarmlessIsTriedAndLoaded() throws IOException {
        try (Tokenizer tokenizer = Tokenizer.load(write(split("[b-y]+"), "null"))) {
            assertThat(tokenizer.encode("a")).containsExactly(1);
        }
    }

    @Test
    void anExpressionThatIsNoneHasItsOwnMessage() throws IOException {
        Path file = write(split("("), "null");

        assertThatThrownBy(() -> Tokenizer.load(file))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll("cannot be loaded as a tokenizer", "unmatched parenthesis");
    }

    @Test
    void aTokenizerIsLoadedWhereNoProcessCanBeStarted() throws IOException {
        try (FakeJava missing = FakeJava.missing(folder);
                Tokenizer tokenizer = Tokenizer.load(write(split("[b-x]+"), "null"))) {
            assertThat(tokenizer.encode("a")).containsExactly(1);
        }
    }

    @Test
    void aTokenizerIsLoadedWhereTheProcessIsKilled() throws IOException {
        try (FakeJava killed = FakeJava.running(folder, "kill -9 $$");
                Tokenizer tokenizer = Tokenizer.load(write(split("[b-w]+"), "null"))) {
            assertThat(tokenizer.encode("a")).containsExactly(1);
        }
    }

    @Test
    void wellKnownTokenizersAreNotTried() throws IOException {
        String llama3 = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\\\r\\\\n\\\\p{L}\\\\p{N}]?\\\\p{L}+|\\\\p{N}{1,3}"
                + "| ?[^\\\\s\\\\p{L}\\\\p{N}]+[\\\\r\\\\n]*|\\\\s*[\\\\r\\\\n]+|\\\\s+(?!\\\\S)|\\\\s+";

        assertThat(isKnown(PLAIN, "null")).isTrue();
        assertThat(isKnown("{\"type\": \"ByteLevel\", \"use_regex\": true}", "{\"type\": \"NFC\"}"))
                .isTrue();
        assertThat(isKnown(split(llama3), "null")).isTrue();
        assertThat(isKnown("{\"type\": \"Sequence\", \"pretokenizers\": [" + split("(a+)+$") + "]}", "null"))
                .isFalse();
        assertThat(isKnown("{\"type\": \"Unheard\"}", "null")).isFalse();
        assertThat(isKnown("{\"id\": 1, \"type\": \"Unheard\"}", "null")).isFalse();
        assertThat(isKnown(PLAIN, "{\"type\": \"Precompiled\", \"precompiled_charsmap\": \"\"}"))
                .isFalse();
    }

    private boolean isKnown(String preTokenizer, String normalizer) throws IOException {
        return KnownTokenizerParts.areKnown(
                new ObjectMapper().readTree(write(preTokenizer, normalizer).toFile()));
    }

    private static String split(String expression) {
        return "{\"type\": \"Split\", \"pattern\": {\"Regex\": \"" + expression
                + "\"}, \"behavior\": \"Isolated\", \"invert\": false}";
    }

    private Path write(String preTokenizer, String normalizer) throws IOException {
        return Files.writeString(folder.resolve("tokenizer.json"), """
        {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": %s,
         "pre_tokenizer": %s, "post_processor": null, "decoder": null,
         "model": {"type": "WordLevel", "vocab": {"<unk>": 0, "a": 1}, "unk_token": "<unk>"}}
        """.formatted(normalizer, preTokenizer));
    }
}
