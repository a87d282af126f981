package io.logitstream.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExactCutsTest {
    private static final String[] PARTS = {
        " ",
        " ",
        " ",
        "  ",
        "\n",
        " \n",
        "\t",
        "\u00a0",
        "a",
        "the",
        "Word",
        "'s",
        "'S",
        "é",
        "e\u0301",
        "ʼ",
        "中文",
        "ब्",
        "12",
        "3",
        ".",
        ", ",
        "<tool>",
        "</tool>",
        "<|endoftext|>",
        "<|x|>",
        "😀",
        "x_y",
        "ﬁ",
        "\u00c5",
        "\u212b"
    };

    @ParameterizedTest
    @ValueSource(strings = {"byte-level", "split-by-regex"})
    void theIdsOfPartsAreThoseOfTheWholeText(String name) throws IOException {
        Random random = new Random(7);
        try (Tokenizer tokenizer = Tokenizer.load(TokenizerTest.fixture(name))) {
            assertThat(ExactCuts.areExact(json(name).root())).isTrue();
            for (int round = 0; round < 10; round++) {
                StringBuilder text = new StringBuilder();
                while (text.length() < 3.5 * ExactCuts.CHARACTERS) {
                    text.append(PARTS[random.nextInt(PARTS.length)]);
                }

                assertThat(ExactCuts.next(text.toString(), 0))
                        .isBetween(ExactCuts.CHARACTERS, ExactCuts.CHARACTERS + 1000);
                assertThat(tokenizer.encode(text.toString())).isEqualTo(tokenizer.encodeAtOnce(text.toString()));
            }
        }
    }

    @Test
    void cutsBeforeASpaceBetweenLettersOnly() {
        String filled = "x".repeat(ExactCuts.CHARACTERS);

        assertThat(ExactCuts.next(filled + " y", 0)).isEqualTo(ExactCuts.CHARACTERS);
        assertThat(ExactCuts.next(filled + "1 y z", 0)).isEqualTo(ExactCuts.CHARACTERS + 3);
        assertThat(ExactCuts.next(filled + "  y. z\n a ", 0)).isEqualTo(ExactCuts.CHARACTERS + 10);
        assertThat(ExactCuts.next("short text", 0)).isEqualTo(10);
    }

    @Test
    void otherTokenizersEncodeTextsAsAWhole() throws IOException {
        for (String name :
                new String[] {"sentence-piece", "wordlevel", "space-run-tokens", "ignore-merges-special-in-vocab"}) {
            assertThat(ExactCuts.areExact(json(name).root())).as(name).isFalse();
        }
        assertThat(changed("split-by-regex", root -> {})).isTrue();
        assertThat(changed(
                        "split-by-regex", root -> root.putObject("normalizer").put("type", "Lowercase")))
                .isFalse();
        assertThat(changed("split-by-regex", root -> split(root).put("behavior", "MergedWithPrevious")))
                .isFalse();
        assertThat(changed("split-by-regex", root -> split(root).put("invert", true)))
                .isFalse();
        assertThat(changed(
                        "split-by-regex",
                        root -> split(root).putObject("pattern").put("Regex", "\\p{N}")))
                .isFalse();
        assertThat(changed(
                        "split-by-regex",
                        root -> split(root).putObject("pattern").put("Regex", "[a-z ]+")))
                .isFalse();
        assertThat(changed("split-by-regex", root -> added(root).put("rstrip", true)))
                .isFalse();
        assertThat(changed("split-by-regex", root -> added(root).put("content", "a b")))
                .isFalse();
        assertThat(changed(
                        "byte-level", root -> ((ObjectNode) root.path("pre_tokenizer")).put("add_prefix_space", true)))
                .isFalse();
    }

    private static ObjectNode split(ObjectNode root) {
        return (ObjectNode) root.path("pre_tokenizer").path("pretokenizers").path(0);
    }

    private static ObjectNode added(ObjectNode root) {
        return (ObjectNode) ((ArrayNode) root.path("added_tokens")).path(1);
    }

    private static boolean changed(String name, Consumer<ObjectNode> change) throws IOException {
        ObjectNode root = json(name).root().deepCopy();
        change.accept(root);
        return ExactCuts.areExact(root);
    }

    private static TokenizerJson json(String name) throws IOException {
        Path file = TokenizerTest.fixture(name).resolve("tokenizer.json");
        return new TokenizerJson(Files.readAllBytes(file), file);
    }
}
