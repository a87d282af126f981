package io.logitstream.model.pruning;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.files.BoundedFiles;
import io.logitstream.messages.ModelException;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.huggingface.HuggingFaceConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * Writes the {@code config.json} of a pruned model: that of its source with other sizes, so that no key of the source is
 * lost.
 */
final class PrunedConfigFile {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String NAME = "config.json";
    private static final String HEAD_SIZE = "head_dim";
    private static final String LAYER_TYPES = "layer_types";

    /** Keys whose values can be shown in a message, in the order in which they are compared. */
    private static final Map<String, Function<ModelConfig, Object>> KEYS = keys();

    private PrunedConfigFile() {}

    private static Map<String, Function<ModelConfig, Object>> keys() {
        Map<String, Function<ModelConfig, Object>> keys = new LinkedHashMap<>();
        keys.put("model_type", ModelConfig::family);
        keys.put("vocab_size", ModelConfig::vocabularySize);
        keys.put("hidden_size", ModelConfig::hiddenSize);
        keys.put("intermediate_size", ModelConfig::feedForwardSize);
        keys.put("num_hidden_layers", ModelConfig::layers);
        keys.put("num_attention_heads", ModelConfig::heads);
        keys.put("num_key_value_heads", ModelConfig::keyValueHeads);
        keys.put(HEAD_SIZE, ModelConfig::headSize);
        keys.put("max_position_embeddings", ModelConfig::maxPositions);
        keys.put("rms_norm_eps", ModelConfig::normEpsilon);
        keys.put("tie_word_embeddings", ModelConfig::tiedEmbeddings);
        keys.put("sliding_window", ModelConfig::windows);
        keys.put("eos_token_id", ModelConfig::endOfText);
        return keys;
    }

    /**
     * Writes the file and reads it again.
     *
     * @param folder folder of the source
     * @param source shape of the source
     * @param kept parts of the pruned model
     * @param target existing folder
     * @throws ModelException if the file would describe another model
     */
    static void write(Path folder, ModelConfig source, KeptParts kept, Path target) throws IOException {
        Path file = folder.resolve(NAME);
        ModelConfig pruned = kept.config(source);
        if (pruned.equals(HuggingFaceConfig.read(folder))) {
            Files.copy(file, target.resolve(NAME));
            return;
        }
        ObjectNode json = (ObjectNode) BoundedFiles.json(file, BoundedFiles.MAX_CONFIG);
        json.put("hidden_size", pruned.hiddenSize());
        json.put("intermediate_size", pruned.feedForwardSize());
        json.put("num_hidden_layers", pruned.layers());
        json.put("num_attention_heads", pruned.heads());
        json.put("num_key_value_heads", pruned.keyValueHeads());
        if (json.hasNonNull(HEAD_SIZE) || pruned.headSize() * pruned.heads() != pruned.hiddenSize()) {
            json.put(HEAD_SIZE, pruned.headSize());
        }
        if (json.hasNonNull("tie_word_embeddings") || pruned.tiedEmbeddings()) {
            json.put("tie_word_embeddings", pruned.tiedEmbeddings());
        }
        cutWindows(json, source, kept);
        JSON.writerWithDefaultPrettyPrinter().writeValue(target.resolve(NAME).toFile(), json);
        ModelConfig written = HuggingFaceConfig.read(target);
        if (!written.equals(pruned)) {
            throw new ModelException(file.toAbsolutePath() + ": a pruned model cannot be described from it: "
                    + difference(written, pruned));
        }
    }

    private static String difference(ModelConfig written, ModelConfig pruned) {
        return KEYS.entrySet().stream()
                .filter(key ->
                        !key.getValue().apply(written).equals(key.getValue().apply(pruned)))
                .map(key -> key.getKey() + " would be read as "
                        + key.getValue().apply(written) + " in place of "
                        + key.getValue().apply(pruned))
                .findFirst()
                .orElse("its rotary embedding, biases or arithmetic would be others");
    }

    // Qwen names the windows by layer_types or, in older files, by max_window_layers: all layers from that one on.
    private static void cutWindows(ObjectNode json, ModelConfig source, KeptParts kept) {
        if (json.get(LAYER_TYPES) instanceof ArrayNode types) {
            ArrayNode cut = json.putArray(LAYER_TYPES);
            kept.layers().forEach(layer -> cut.add(types.get(layer)));
        }
        if (json.hasNonNull("max_window_layers")
                || !json.has(LAYER_TYPES) && json.path("use_sliding_window").asBoolean()) {
            long full = kept.layers().stream()
                    .filter(layer -> source.window(layer) == 0)
                    .count();
            json.put("max_window_layers", full);
        }
    }
}
