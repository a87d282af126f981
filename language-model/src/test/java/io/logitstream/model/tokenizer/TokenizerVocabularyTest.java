package io.logitstream.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizerVocabularyTest {
    private static final Path ORIGINAL =
            Path.of("src/test/resources/io/logitstream/model/tokenizer/byte-level/tokenizer.json");
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path folder;

    @Test
    void anotherOrderOfKeysAndAnotherLayoutOfMergesAreTheSameTokenizer() throws IOException {
        TokenizerVocabulary other = changed(root -> {
            ObjectNode model = (ObjectNode) root.get("model");
            List<Map.Entry<String, JsonNode>> ids =
                    new ArrayList<>(model.get("vocab").properties());
            Collections.reverse(ids);
            ObjectNode reversed = model.objectNode();
            ids.forEach(id -> reversed.set(id.getKey(), id.getValue()));
            model.set("vocab", reversed);
            ArrayNode merges = model.arrayNode();
            for (JsonNode merge : model.get("merges")) {
                if (merge.isArray()) {
                    merges.add(merge.get(0).asText() + " " + merge.get(1).asText());
                } else {
                    String[] parts = merge.asText().split(" ");
                    merges.addArray().add(parts[0]).add(parts[1]);
                }
            }
            model.set("merges", merges);
            model.put("fuse_unk", false);
            root.putNull("post_processor");
            root.putObject("truncation").put("max_length", 512);
        });
        TokenizerVocabulary original = TokenizerVocabulary.read(ORIGINAL);

        assertThat(other.difference(original)).isNull();
        assertThat(other.ruleThatDiffers(original)).isNull();
        assertThat(other.identity()).isEqualTo(original.identity()).matches("[0-9a-f]{64}");
    }

    @Test
    void theFirstIdThatDiffersIsNamedWithBothTokens() throws IOException {
        TokenizerVocabulary original = TokenizerVocabulary.read(ORIGINAL);
        TokenizerVocabulary other = changed(root -> {
            ObjectNode vocabulary = (ObjectNode) root.get("model").get("vocab");
            String seventh = name(vocabulary, 7);
            String ninth = name(vocabulary, 9);
            vocabulary.put(seventh, 9);
            vocabulary.put(ninth, 7);
        });
        ObjectNode vocabulary =
                (ObjectNode) JSON.readTree(ORIGINAL.toFile()).get("model").get("vocab");

        assertThat(other.difference(original))
                .isEqualTo("id 7 is \"" + name(vocabulary, 9) + "\" in " + folder.resolve("tokenizer.json") + " and \""
                        + name(vocabulary, 7) + "\" in " + ORIGINAL.toAbsolutePath());
        assertThat(other.identity()).isNotEqualTo(original.identity());
    }

    @Test
    void aTokenThatOnlyOneHasIsNamed() throws IOException {
        TokenizerVocabulary original = TokenizerVocabulary.read(ORIGINAL);
        int next = new TokenizerJson(Files.readAllBytes(ORIGINAL), ORIGINAL).vocabularySize();
        TokenizerVocabulary other = changed(root -> ((ArrayNode) root.get("added_tokens"))
                .addObject()
                .put("id", next)
                .put("content", "<think>")
                .put("special", false));

        assertThat(other.difference(original))
                .startsWith("id " + next + " is \"<think>\" in ")
                .contains(" and no token in ");
        assertThat(original.difference(other)).startsWith("id " + next + " is no token in ");
    }

    @Test
    void mergesInAnotherOrderAreAnotherTokenizer() throws IOException {
        TokenizerVocabulary original = TokenizerVocabulary.read(ORIGINAL);
        TokenizerVocabulary other = changed(root -> {
            ArrayNode merges = (ArrayNode) root.get("model").get("merges");
            JsonNode first = merges.get(0).deepCopy();
            merges.set(0, merges.get(1).deepCopy());
            merges.set(1, first);
        });

        assertThat(other.difference(original)).startsWith("merge 0 is \"");
        assertThat(other.identity()).isNotEqualTo(original.identity());
    }

    @Test
    void aRuleThatSplitsTextsDifferentlyIsNamedButLeavesTheMeaningOfIds() throws IOException {
        TokenizerVocabulary original = TokenizerVocabulary.read(ORIGINAL);
        TokenizerVocabulary other = changed(root -> root.putObject("normalizer").put("type", "Lowercase"));

        assertThat(other.difference(original)).isNull();
        assertThat(other.identity()).isEqualTo(original.identity());
        assertThat(other.ruleThatDiffers(original)).isEqualTo("normalizer");
    }

    private static String name(ObjectNode vocabulary, int id) {
        return vocabulary.properties().stream()
                .filter(entry -> entry.getValue().asInt() == id)
                .findFirst()
                .orElseThrow()
                .getKey();
    }

    private TokenizerVocabulary changed(Consumer<ObjectNode> change) throws IOException {
        ObjectNode root = (ObjectNode) JSON.readTree(ORIGINAL.toFile());
        change.accept(root);
        JSON.writeValue(folder.resolve("tokenizer.json").toFile(), root);
        return TokenizerVocabulary.read(folder);
    }
}
