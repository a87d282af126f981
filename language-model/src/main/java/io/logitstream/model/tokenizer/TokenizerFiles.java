package io.logitstream.model.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/** The files that transformers reads beside a {@code tokenizer.json}. */
final class TokenizerFiles {
    static final String CONFIG = "tokenizer_config.json";
    private static final String SPECIAL_TOKENS = "special_tokens_map.json";
    /** Optional files other than tokenizer_config.json. */
    private static final List<String> OTHERS = List.of(
            SPECIAL_TOKENS, "added_tokens.json", "chat_template.jinja", "chat_template.json", "tokenizer.model");

    private TokenizerFiles() {}

    /**
     * Copies the optional files, except tokenizer_config.json. Removes from the target those that the source does not
     * have.
     */
    static void copy(Path from, Path to) throws IOException {
        for (String name : OTHERS) {
            Path file = from.resolve(name);
            Path target = to.resolve(name);
            if (!Files.isRegularFile(file)) {
                Files.deleteIfExists(target);
            } else if (!Files.exists(target) || !Files.isSameFile(file, target)) {
                Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    /** Writes a minimal tokenizer_config.json. */
    static void writeConfig(Path file, String endOfText, String beginOfText) throws IOException {
        ObjectNode config = TokenizerJson.JSON.createObjectNode();
        config.put("tokenizer_class", "PreTrainedTokenizerFast");
        config.put("clean_up_tokenization_spaces", false);
        if (endOfText != null) {
            config.put("eos_token", endOfText);
        }
        if (beginOfText != null) {
            config.put("bos_token", beginOfText);
        }
        TokenizerJson.JSON.writerWithDefaultPrettyPrinter().writeValue(file.toFile(), config);
    }

    /**
     * Completes tokenizer_config.json for a model. Batches need a padding token, for which the end of text serves if
     * none is named, and texts longer than the model's context have to be cut.
     *
     * @param folder folder that holds the file
     * @param endOfText a token of the vocabulary, whose size stays the same; or null
     * @param maxLength the model's context, in tokens
     */
    static void complete(Path folder, String endOfText, int maxLength) throws IOException {
        Path file = folder.resolve(CONFIG);
        JsonNode config = TokenizerJson.parse(Files.readAllBytes(file), file);
        if (!(config instanceof ObjectNode settings)) {
            return;
        }
        Path special = folder.resolve(SPECIAL_TOKENS);
        boolean named = settings.hasNonNull("pad_token")
                || Files.exists(special)
                        && TokenizerJson.parse(Files.readAllBytes(special), special)
                                .hasNonNull("pad_token");
        if (!named && endOfText != null) {
            settings.put("pad_token", endOfText);
        }
        JsonNode length = settings.path("model_max_length");
        if (!length.isNumber() || length.doubleValue() > maxLength) {
            settings.put("model_max_length", maxLength);
        }
        TokenizerJson.JSON.writerWithDefaultPrettyPrinter().writeValue(file.toFile(), settings);
    }
}
