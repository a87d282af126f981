package io.logitstream.model.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Set;

/**
 * Parts of a {@code tokenizer.json} that are known not to crash the native library. The library ends the process on a
 * regular expression that nests too deeply or backtracks too much, on a damaged table of characters, and on other input
 * that it takes for impossible.
 */
final class KnownTokenizerParts {
    private static final Set<String> TYPES = Set.of(
            "Sequence",
            "NFC",
            "NFD",
            "NFKC",
            "NFKD",
            "Lowercase",
            "StripAccents",
            "Prepend",
            "Replace",
            "Split",
            "Digits",
            "Whitespace",
            "WhitespaceSplit",
            "Punctuation",
            "Metaspace",
            "ByteLevel",
            "TemplateProcessing",
            "ByteFallback",
            "Fuse",
            "Strip",
            "BPE",
            "WordLevel");

    private static final String CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
    private static final String GPT_4 = CONTRACTIONS
            + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|%s| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    private static final String O200K = "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*"
            + "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+%1$s|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+"
            + "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*%1$s|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

    /** Regular expressions of GPT-2, Llama 3, Qwen 2, gpt-oss and DeepSeek, and some short ones. */
    private static final Set<String> EXPRESSIONS = Set.of(
            "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
            GPT_4.formatted("\\p{N}{1,3}"),
            GPT_4.formatted("\\p{N}"),
            O200K.formatted(CONTRACTIONS + "?"),
            O200K.formatted(""),
            "\\p{N}{1,3}",
            "\\p{N}",
            "\\s+",
            "\\s",
            "[0-9]",
            "\\d{1,3}",
            "\\d");

    private KnownTokenizerParts() {}

    /** Whether every part of a {@code tokenizer.json} except its vocabulary is a known one. */
    static boolean areKnown(JsonNode tokenizer) {
        JsonNode model = tokenizer.path("model");
        return known(tokenizer.path("normalizer"))
                && known(tokenizer.path("pre_tokenizer"))
                && known(tokenizer.path("post_processor"))
                && known(tokenizer.path("decoder"))
                && TYPES.contains(model.path("type").asText(model.has("merges") ? "BPE" : ""))
                && empty(model, "continuing_subword_prefix")
                && empty(model, "end_of_word_suffix")
                && !model.hasNonNull("dropout");
    }

    private static boolean empty(JsonNode model, String key) {
        return model.path(key).asText("").isEmpty() || model.path(key).isNull();
    }

    private static boolean known(JsonNode part) {
        if (part.has("Regex") && !EXPRESSIONS.contains(part.path("Regex").asText())) {
            return false;
        }
        if (part.has("type") && !TYPES.contains(part.path("type").asText())) {
            return false;
        }
        // Strip: characters cut off at each end. The library panics if a text has fewer.
        if (part.path("start").asInt() > 1 || part.path("stop").asInt() > 1) {
            return false;
        }
        for (JsonNode child : part) {
            if (!known(child)) {
                return false;
            }
        }
        return true;
    }
}
