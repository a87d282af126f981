package io.logitstream.model.tokenizer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.ModelException;
import io.logitstream.model.config.ModelBounds;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/** The content of a {@code tokenizer.json} as far as this project reads it itself, without the native library. */
final class TokenizerJson {
    static final ObjectMapper JSON = new ObjectMapper();

    private final ObjectNode root;
    private final Map<String, Integer> modelIds = new LinkedHashMap<>();
    private final Map<String, Integer> ids = new LinkedHashMap<>();

    TokenizerJson(byte[] bytes, Path file) {
        JsonNode json = parse(bytes, file);
        JsonNode vocabulary = json.path("model").path("vocab");
        if (!json.isObject() || vocabulary.isEmpty()) {
            throw new ModelException(
                    file + ": not a tokenizer.json of Hugging Face's tokenizers library: it has no model.vocab");
        }
        root = (ObjectNode) json;
        if (vocabulary.isObject()) {
            vocabulary
                    .properties()
                    .forEach(entry ->
                            modelIds.put(entry.getKey(), entry.getValue().asInt(-1)));
        } else {
            for (int id = 0; id < vocabulary.size(); id++) {
                modelIds.putIfAbsent(vocabulary.get(id).path(0).asText(), id);
            }
        }
        AddedTokenIds.requireIdsOfLibrary(file, addedTokens(), modelIds, vocabulary.size());
        ids.putAll(modelIds);
        for (JsonNode token : addedTokens()) {
            ids.put(token.path("content").asText(), token.path("id").asInt(-1));
        }
    }

    /** The whole content; not to be changed. */
    JsonNode root() {
        return root;
    }

    /** Ids with their tokens, and merges. */
    TokenizerVocabulary vocabulary(Path file) {
        return new TokenizerVocabulary(file, root, ids);
    }

    /** The id of a token by its text in the file, or null. */
    Integer id(String token) {
        return ids.get(token);
    }

    /** The texts of all tokens in the file. */
    Set<String> tokens() {
        return ids.keySet();
    }

    /** The text of a token in the file, or null. */
    String token(int id) {
        return ids.entrySet().stream()
                .filter(entry -> entry.getValue() == id)
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse(null);
    }

    /** Highest id + 1, including added tokens. */
    int vocabularySize() {
        return ids.values().stream().mapToInt(Integer::intValue).max().orElse(-1) + 1;
    }

    /**
     * Highest id + 1, including added tokens.
     *
     * @throws ModelException if there is no token, or more than a model can have
     */
    int requiredVocabularySize(Path file) {
        int size = vocabularySize();
        if (size > ModelBounds.MAX_VOCABULARY || size < 1) {
            throw new ModelException(file + ": its highest token id is " + (size - 1L) + ", outside 0 to "
                    + (ModelBounds.MAX_VOCABULARY - 1));
        }
        return size;
    }

    /** The same tokenizer without truncation and padding. */
    String withoutLimits() {
        ObjectNode unlimited = root.deepCopy();
        unlimited.putNull("truncation");
        unlimited.putNull("padding");
        return unlimited.toString();
    }

    /** Number of UTF-8 bytes by token id; 0 for special tokens and for ids without a token. */
    int[] utf8Lengths() {
        return TokenByteLengths.of(root, modelIds, vocabularySize());
    }

    /**
     * The same tokenizer, except that no text yields a special token or one of the given tokens: their strings are
     * encoded like any other text. A token of a single character that is also in the model's vocabulary stays,
     * because the character could not be encoded without it.
     *
     * @param others texts of further tokens
     * @param salt text in the replacement names, so that no corpus contains them by chance
     */
    String withoutSpecialTokens(Set<String> others, String salt) {
        Set<String> tokens = new LinkedHashSet<>(others);
        for (JsonNode token : addedTokens()) {
            if (token.path("special").asBoolean()) {
                tokens.add(token.path("content").asText());
            }
        }
        tokens.removeIf(token -> token.isEmpty() || isLetter(token));
        return SpecialTokenRenaming.of(root.deepCopy(), tokens, salt);
    }

    /** The reason why texts yield a token that is to stand for something else; null if they do not. */
    String reasonInText(String token) {
        if (isLetter(token)) {
            return "it is a single character of the vocabulary";
        }
        JsonNode model = root.path("model");
        boolean unknown = token.equals(model.path("unk_token").asText(null))
                || model.hasNonNull("unk_id")
                        && Integer.valueOf(model.path("unk_id").asInt()).equals(modelIds.get(token));
        return unknown && !hasAllBytes() ? "it stands for all text that the vocabulary has no token for" : null;
    }

    private boolean isLetter(String token) {
        return modelIds.containsKey(token) && token.codePointCount(0, token.length()) == 1;
    }

    private boolean hasAllBytes() {
        boolean fallback = root.path("model").path("byte_fallback").asBoolean();
        return IntStream.range(0, 256)
                .allMatch(b -> modelIds.containsKey(
                        fallback ? String.format("<0x%02X>", b) : Character.toString(ByteAlphabet.letter(b))));
    }

    private Iterable<JsonNode> addedTokens() {
        return root.path("added_tokens");
    }

    static JsonNode parse(byte[] bytes, Path file) {
        try {
            return JSON.readTree(bytes);
        } catch (JsonProcessingException e) {
            throw new ModelException(file + ": not readable as JSON: " + FailureText.of(e), e);
        } catch (IOException e) {
            throw new ModelException(file + ": not readable: " + FailureText.of(e), e);
        }
    }
}
