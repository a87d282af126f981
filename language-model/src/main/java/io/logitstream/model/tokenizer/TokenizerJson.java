package io.logitstream.model.tokenizer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.ModelException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/** What this project reads out of a {@code tokenizer.json} itself, without the native library. */
final class TokenizerJson {
    static final ObjectMapper JSON = new ObjectMapper();

    private final ObjectNode root;
    private final Map<String, Integer> modelIds = new LinkedHashMap<>();
    private final Map<String, Integer> ids = new LinkedHashMap<>();

    TokenizerJson(byte[] bytes, Path file) {
        JsonNode json = parse(bytes, file);
        JsonNode vocabulary = json.path("model").path("vocab");
        if (!json.isObject() || vocabulary.isEmpty()) {
            throw new ModelException(file + ": no tokenizer.json of Hugging Face tokenizers: it has no model.vocab");
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

    /** All of it, not to be changed. */
    JsonNode root() {
        return root;
    }

    /** The id of a token by its text as written in the file, or null. */
    Integer id(String token) {
        return ids.get(token);
    }

    /** The text of a token as written in the file, or null. */
    String token(int id) {
        return ids.entrySet().stream()
                .filter(entry -> entry.getValue() == id)
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse(null);
    }

    /** Highest id + 1, added tokens included. */
    int vocabularySize() {
        return ids.values().stream().mapToInt(Integer::intValue).max().orElse(-1) + 1;
    }

    /** The same tokenizer without a limit on the length of a text and without padding. */
    String withoutLimits() {
        ObjectNode unlimited = root.deepCopy();
        unlimited.putNull("truncation");
        unlimited.putNull("padding");
        return unlimited.toString();
    }

    /** UTF-8 bytes of text by token id; 0 for special tokens and ids without a token. */
    int[] utf8Lengths() {
        return TokenByteLengths.of(root, modelIds, vocabularySize());
    }

    /**
     * The same tokenizer in which no text yields a special token, nor one of the tokens given: their strings in a text are
     * text like any other. Tokens of a single character that the model's vocabulary holds too stay what they are, as the
     * character could not be encoded without them.
     *
     * @param salt makes the names that stand in for them impossible to meet by chance
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

    /** Why texts yield a token as well, although it is to stand for something else, or null if they do not. */
    String reasonInText(String token) {
        if (isLetter(token)) {
            return "it is a letter of the vocabulary";
        }
        JsonNode model = root.path("model");
        boolean unknown = token.equals(model.path("unk_token").asText(null))
                || model.hasNonNull("unk_id")
                        && Integer.valueOf(model.path("unk_id").asInt()).equals(modelIds.get(token));
        return unknown && !hasAllBytes() ? "it stands for everything that the vocabulary has no token for" : null;
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
