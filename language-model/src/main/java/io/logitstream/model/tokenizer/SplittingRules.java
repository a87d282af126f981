package io.logitstream.model.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The parts of a {@code tokenizer.json} that decide how a text is split, in a form in which files that were written by
 * different versions of Hugging Face's library are equal: without nulls, defaults and the order of keys.
 */
final class SplittingRules {
    private static final List<String> PARTS = List.of("normalizer", "pre_tokenizer");
    private static final List<String> MODEL_KEYS = List.of(
            "unk_token",
            "unk_id",
            "byte_fallback",
            "fuse_unk",
            "ignore_merges",
            "continuing_subword_prefix",
            "end_of_word_suffix");
    private static final List<String> TOKEN_KEYS = List.of("special", "single_word", "lstrip", "rstrip", "normalized");

    private SplittingRules() {}

    /** The rules by their names in the file. */
    static Map<String, String> of(JsonNode root) {
        Map<String, String> rules = new TreeMap<>();
        PARTS.forEach(part -> put(rules, part, root.path(part)));
        MODEL_KEYS.forEach(key -> put(rules, "model." + key, root.path("model").path(key)));
        Map<String, String> added = new TreeMap<>();
        for (JsonNode token : root.path("added_tokens")) {
            StringBuilder flags = new StringBuilder();
            TOKEN_KEYS.forEach(key -> flags.append(token.path(key).asBoolean() ? key + " " : ""));
            added.put(token.path("content").asText(), flags.toString());
        }
        rules.put("added_tokens", added.toString());
        return rules;
    }

    private static void put(Map<String, String> rules, String name, JsonNode value) {
        String text = canonical(value);
        if (!text.isEmpty()) {
            rules.put(name, text);
        }
    }

    private static String canonical(JsonNode value) {
        if (value.isMissingNode() || value.isNull() || value.isBoolean() && !value.booleanValue()) {
            return "";
        }
        if (value.isObject()) {
            Map<String, String> fields = new TreeMap<>();
            value.properties().forEach(field -> put(fields, field.getKey(), field.getValue()));
            // Offsets are not used.
            fields.remove("trim_offsets");
            return fields.toString();
        }
        if (value.isArray()) {
            StringBuilder elements = new StringBuilder("[");
            value.forEach(element -> elements.append(canonical(element)).append(", "));
            return elements.append("]").toString();
        }
        return value.asText();
    }
}
