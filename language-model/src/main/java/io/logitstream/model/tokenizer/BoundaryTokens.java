package io.logitstream.model.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import io.logitstream.files.BoundedFiles;
import io.logitstream.messages.Printable;
import io.logitstream.messages.UsageException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Finds the end-of-text and begin-of-text tokens of a folder. Up to four files of a Hugging Face folder name the
 * first.
 */
final class BoundaryTokens {
    private static final List<String> USUAL = List.of("<|endoftext|>", "</s>", "<|end_of_text|>");

    private BoundaryTokens() {}

    /** The id of the end-of-text token, or -1 if no file names one and no token has a usual name. */
    static int find(Path folder, TokenizerJson tokenizer) {
        int named = named(folder, "eos_token", tokenizer);
        if (named >= 0) {
            return named;
        }
        for (String file : List.of("generation_config.json", "config.json")) {
            JsonNode id = read(folder.resolve(file)).path("eos_token_id");
            id = id.isArray() ? id.path(0) : id;
            if (id.isInt()) {
                return id.intValue();
            }
        }
        return USUAL.stream()
                .map(tokenizer::id)
                .filter(id -> id != null)
                .findFirst()
                .orElse(-1);
    }

    /**
     * The id of a token that is to end documents.
     *
     * @throws UsageException if the tokenizer does not have it, naming the nearest that it has
     */
    static int require(String token, TokenizerJson tokenizer, Path file) {
        Integer id = tokenizer.id(token);
        if (id == null) {
            throw new UsageException("corpus.endOfText: " + file + " has no token '" + Printable.of(token)
                    + "'; the nearest are "
                    + NearestTokens.of(token, tokenizer.tokens()).stream()
                            .map(near -> "'" + Printable.of(near) + "'")
                            .collect(Collectors.joining(", ")));
        }
        return id;
    }

    /** Whether the tokenizer's configuration adds the begin-of-text token to each text; null if it does not say. */
    static Boolean addsBegin(Path folder) {
        JsonNode adds = read(folder.resolve("tokenizer_config.json")).path("add_bos_token");
        return adds.isBoolean() ? adds.booleanValue() : null;
    }

    /** The id of the begin-of-text token, or -1 if the tokenizer has none. */
    static int findBegin(Path folder, TokenizerJson tokenizer) {
        return named(folder, "bos_token", tokenizer);
    }

    private static int named(Path folder, String key, TokenizerJson tokenizer) {
        for (String file : List.of("tokenizer_config.json", "special_tokens_map.json")) {
            JsonNode token = read(folder.resolve(file)).path(key);
            String text = token.isObject() ? token.path("content").asText(null) : token.asText(null);
            if (text != null && tokenizer.id(text) != null) {
                return tokenizer.id(text);
            }
        }
        return -1;
    }

    private static JsonNode read(Path file) {
        if (!Files.isRegularFile(file)) {
            return TokenizerJson.JSON.missingNode();
        }
        return TokenizerJson.parse(BoundedFiles.read(file, BoundedFiles.MAX_CONFIG), file);
    }
}
