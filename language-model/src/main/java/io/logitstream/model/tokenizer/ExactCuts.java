package io.logitstream.model.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts of a text between a letter and a single space before a letter, where the ids of the parts, one after another, are
 * those of the whole text. The native library holds more than a hundred bytes for each character that it encodes at once.
 */
final class ExactCuts {
    /** Smallest number of characters of a part, except for the last one. */
    static final int CHARACTERS = 1 << 15;

    private ExactCuts() {}

    /**
     * Whether a tokenizer ends a token before such a space and looks at no text beyond it: byte-level BPE whose expressions
     * are known, with NFC or without normalizer.
     *
     * @param root content of its tokenizer.json
     */
    static boolean areExact(JsonNode root) {
        JsonNode model = root.path("model");
        return KnownTokenizerParts.areKnown(root)
                && model.path("type").asText(model.has("merges") ? "BPE" : "").equals("BPE")
                && steps(root.path("normalizer"), "normalizers").stream()
                        .allMatch(step -> step.path("type").asText().equals("NFC"))
                && splitsAtSpaces(steps(root.path("pre_tokenizer"), "pretokenizers"))
                && addedTokensAreApart(root.path("added_tokens"));
    }

    /**
     * First cut after a part of {@link #CHARACTERS}.
     *
     * @param from beginning of the part
     * @return end of the part; the length of the text if it has no further cut
     */
    static int next(String text, int from) {
        for (int end = from + CHARACTERS; end < text.length() - 1; end++) {
            if (text.charAt(end) == ' '
                    && Character.isLetter(text.charAt(end - 1))
                    && Character.isLetter(text.charAt(end + 1))) {
                return end;
            }
        }
        return text.length();
    }

    private static boolean splitsAtSpaces(List<JsonNode> steps) {
        boolean splits = false;
        boolean bytes = false;
        for (JsonNode step : steps) {
            switch (step.path("type").asText()) {
                case "Digits" -> {}
                case "Split" -> {
                    if (!step.path("pattern").has("Regex")
                            || !step.path("behavior").asText().equals("Isolated")
                            || step.path("invert").asBoolean()) {
                        return false;
                    }
                    splits |= step.path("pattern").path("Regex").asText().contains("\\s+(?!\\S)|\\s+");
                }
                case "ByteLevel" -> {
                    if (step.path("add_prefix_space").asBoolean(true)) {
                        return false;
                    }
                    splits |= step.path("use_regex").asBoolean(true);
                    bytes = true;
                }
                default -> {
                    return false;
                }
            }
        }
        return splits && bytes;
    }

    /** Whether no added token has or takes a space. Those that are special are not found in texts, but for single characters. */
    private static boolean addedTokensAreApart(JsonNode tokens) {
        for (JsonNode token : tokens) {
            String content = token.path("content").asText();
            boolean found = !token.path("special").asBoolean() || content.codePointCount(0, content.length()) == 1;
            if (found
                    && (content.chars().anyMatch(Character::isWhitespace)
                            || token.path("lstrip").asBoolean()
                            || token.path("rstrip").asBoolean()
                            || token.path("single_word").asBoolean())) {
                return false;
            }
        }
        return true;
    }

    private static List<JsonNode> steps(JsonNode part, String children) {
        if (part.isNull() || part.isMissingNode()) {
            return List.of();
        }
        if (!part.path("type").asText().equals("Sequence")) {
            return List.of(part);
        }
        List<JsonNode> steps = new ArrayList<>();
        part.path(children).forEach(step -> steps.addAll(steps(step, children)));
        return steps;
    }
}
