package io.logitstream.model.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Number of bytes of UTF-8 text that each token of a {@code tokenizer.json} stands for. */
final class TokenByteLengths {
    private static final String SPACE_SIGN = "\u2581";

    private final boolean byteLevel;
    private final boolean byteFallback;
    private final boolean spaceSign;
    private final String subwordPrefix;
    private final String wordSuffix;

    private TokenByteLengths(JsonNode root) {
        String steps = root.path("normalizer") + " " + root.path("pre_tokenizer") + " " + root.path("decoder");
        JsonNode model = root.path("model");
        byteLevel = steps.contains("\"ByteLevel\"");
        byteFallback = model.path("byte_fallback").asBoolean();
        spaceSign = steps.contains(SPACE_SIGN) || steps.contains("\"Metaspace\"");
        subwordPrefix = model.path("continuing_subword_prefix").asText("");
        wordSuffix = model.path("end_of_word_suffix").asText("");
    }

    /**
     * Lengths in bytes by token id; 0 for special tokens and for ids without a token.
     *
     * @param root content of the file
     * @param model ids of the model's own vocabulary
     * @param size highest id + 1
     */
    static int[] of(JsonNode root, Map<String, Integer> model, int size) {
        TokenByteLengths rule = new TokenByteLengths(root);
        int[] lengths = new int[size];
        model.forEach((token, id) -> {
            if (id >= 0) {
                lengths[id] = rule.ofModel(token);
            }
        });
        for (JsonNode token : root.path("added_tokens")) {
            int id = token.path("id").asInt(-1);
            if (id >= 0) {
                String content = token.path("content").asText();
                lengths[id] = token.path("special").asBoolean()
                        ? 0
                        : rule.ofAdded(content, token.path("normalized").asBoolean() || model.containsKey(content));
            }
        }
        return lengths;
    }

    private int ofModel(String token) {
        if (byteLevel) {
            // A byte-level vocabulary writes each byte as one character.
            return token.codePointCount(0, token.length());
        }
        if (byteFallback && token.matches("<0x[0-9A-F]{2}>")) {
            return 1;
        }
        String text = !subwordPrefix.isEmpty() && token.startsWith(subwordPrefix)
                ? token.substring(subwordPrefix.length())
                : token;
        boolean endsWord = !wordSuffix.isEmpty() && text.endsWith(wordSuffix);
        // The suffix stands for the space after the word.
        return utf8(endsWord ? text.substring(0, text.length() - wordSuffix.length()) + " " : text, true);
    }

    /**
     * In a token that is matched in the normalized text, or that the model has as well, the sign stands for a space.
     */
    private int ofAdded(String content, boolean normalized) {
        return utf8(content, normalized && !byteLevel);
    }

    private int utf8(String text, boolean normalized) {
        String spaced = spaceSign && normalized ? text.replace(SPACE_SIGN, " ") : text;
        return spaced.getBytes(StandardCharsets.UTF_8).length;
    }
}
