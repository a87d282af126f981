package io.logitstream.model.huggingface;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.files.BoundedFiles;
import io.logitstream.messages.ModelException;
import io.logitstream.model.config.ConfigReader;
import io.logitstream.model.config.HarmlessKeys;
import io.logitstream.model.config.ModelBounds;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.config.RopeConfig;
import io.logitstream.model.config.RopeDefaults;
import io.logitstream.model.config.RopeKeys;
import io.logitstream.model.families.ModelFamilies;
import io.logitstream.model.families.ModelFamily;
import io.logitstream.model.libtorch.TorchScriptFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Reads and writes {@code config.json}. {@link ModelFamily} describes the keys of each family. Other keys that are
 * known to change the forward pass are refused; unknown keys are logged as a warning.
 */
public final class HuggingFaceConfig {
    private static final ObjectMapper JSON = new ObjectMapper();

    private HuggingFaceConfig() {}

    /**
     * Reads the configuration of a model.
     *
     * @param folder Hugging Face folder
     * @return shape of the model
     * @throws ModelException if the file is missing, or a key is missing or not supported; the message names file and
     *     key
     */
    public static ModelConfig read(Path folder) {
        Path file = folder.resolve("config.json");
        if (TorchScriptFile.isTorchScript(folder)) {
            throw new ModelException(
                    folder.toAbsolutePath() + " is TorchScript, which can only teach; give a Hugging Face folder here");
        }
        if (!Files.isRegularFile(file)) {
            throw new ModelException(file.toAbsolutePath() + " is missing: " + folder.toAbsolutePath()
                    + " is not a Hugging Face model folder");
        }
        return parse(new ConfigReader(BoundedFiles.json(file, BoundedFiles.MAX_CONFIG), file), file);
    }

    private static ModelConfig parse(ConfigReader json, Path file) {
        ModelFamily family = family(json, file);
        ModelFamily.Defaults defaults = family.defaults();
        requireNotQuantized(json);
        int hidden = json.integer("hidden_size");
        int layers = json.integer("num_hidden_layers");
        if (layers > ModelBounds.MAX_LAYERS) {
            throw json.refused("num_hidden_layers", layers + " is more than " + ModelBounds.MAX_LAYERS);
        }
        int heads = json.integer("num_attention_heads");
        int maxPositions = json.positive("max_position_embeddings", defaults.maxPositions());
        // null means that each head has its own keys and values, not the default.
        int keyValueHeads = json.isNull("num_key_value_heads")
                ? heads
                : json.integer("num_key_value_heads", defaults.keyValueHeads() > 0 ? defaults.keyValueHeads() : heads);
        int headSize = json.integer(
                "head_dim", defaults.headSize() > 0 ? defaults.headSize() : heads > 0 ? hidden / heads : 0);
        RopeConfig rope = RopeKeys.read(json, family.rope(), family.modelType(), maxPositions);
        try {
            ModelConfig config = new ModelConfig(
                    family.modelType(),
                    json.integer("vocab_size"),
                    hidden,
                    json.integer("intermediate_size"),
                    layers,
                    heads,
                    keyValueHeads,
                    headSize,
                    maxPositions,
                    json.positive("rms_norm_eps", defaults.normEpsilon()),
                    rope,
                    json.flag("tie_word_embeddings", family.tiedByDefault()),
                    family.biases(json),
                    family.windows(json, layers),
                    json.token("eos_token_id"),
                    family.arithmetic(json, hidden, layers, maxPositions));
            json.requireKnownArithmetic(family.modelType(), HarmlessKeys::isHarmless);
            json.warnOfUnknown(family.modelType());
            return config;
        } catch (ModelException e) {
            throw located(e, file);
        }
    }

    /**
     * A model of another family in the sizes of a Llama model: with the biases, norms, rotation and epsilon that the
     * family has where its file leaves them out, and without sliding windows.
     *
     * @param llama the sizes
     * @param family the family
     */
    public static ModelConfig ofFamily(ModelConfig llama, ModelFamily family) {
        ConfigReader left = new ConfigReader(JSON.createObjectNode().putNull("sliding_window"), Path.of("config.json"));
        RopeDefaults rope = family.rope();
        return new ModelConfig(
                family.modelType(),
                llama.vocabularySize(),
                llama.hiddenSize(),
                llama.feedForwardSize(),
                llama.layers(),
                llama.heads(),
                llama.keyValueHeads(),
                llama.headSize(),
                llama.maxPositions(),
                family.defaults().normEpsilon(),
                new RopeConfig(
                        llama.rope().theta(),
                        rope.share(),
                        rope.pairs(),
                        llama.rope().scaling()),
                llama.tiedEmbeddings(),
                family.biases(left),
                family.windows(left, llama.layers()),
                llama.endOfText(),
                family.arithmetic(left, llama.hiddenSize(), llama.layers(), llama.maxPositions()));
    }

    private static ModelFamily family(ConfigReader json, Path file) {
        if (!json.has("model_type")) {
            throw json.refused("model_type", "it is missing");
        }
        try {
            return ModelFamilies.of(json.text("model_type", null));
        } catch (ModelException e) {
            throw located(e, file);
        }
    }

    // Hugging Face's key, that of older compressed-tensors files, and that of MLX.
    private static void requireNotQuantized(ConfigReader json) {
        for (String key : List.of("quantization_config", "compression_config", "quantization")) {
            ConfigReader quantization = json.child(key);
            if (!quantization.isEmpty()) {
                throw json.refused(
                        key,
                        "weights quantized with "
                                + quantization.text(
                                        "quant_method",
                                        quantization.text("format", quantization.has("group_size") ? "mlx" : "?"))
                                + " are not supported; use the model in float32, float16 or bfloat16");
            }
        }
    }

    private static ModelException located(ModelException e, Path file) {
        String at = file.toAbsolutePath().toString();
        return e.getMessage().startsWith(at) ? e : new ModelException(at + ": " + e.getMessage(), e);
    }

    /**
     * Writes {@code config.json} and {@code generation_config.json}.
     *
     * @param config shape of the model
     * @param dataType type of the stored weights, as {@code torch_dtype}
     * @param folder existing folder
     */
    public static void write(ModelConfig config, String dataType, Path folder) throws IOException {
        ModelFamily family = ModelFamilies.of(config.family());
        ObjectNode json = JSON.createObjectNode();
        json.putArray("architectures").add(family.architecture());
        json.put("model_type", family.modelType());
        json.put("vocab_size", config.vocabularySize());
        json.put("hidden_size", config.hiddenSize());
        json.put("intermediate_size", config.feedForwardSize());
        json.put("num_hidden_layers", config.layers());
        json.put("num_attention_heads", config.heads());
        json.put("num_key_value_heads", config.keyValueHeads());
        json.put("head_dim", config.headSize());
        json.put("hidden_act", "silu");
        json.put("max_position_embeddings", config.maxPositions());
        json.put("rms_norm_eps", config.normEpsilon());
        RopeKeys.write(config.rope(), family.rope(), json);
        json.put("tie_word_embeddings", config.tiedEmbeddings());
        family.write(config, json);
        json.putNull("bos_token_id");
        // The default padding token of GLM's classes in transformers may lie outside this vocabulary.
        json.putNull("pad_token_id");
        putToken(json, config.endOfText());
        json.put("torch_dtype", dataType);
        JSON.writerWithDefaultPrettyPrinter()
                .writeValue(folder.resolve("config.json").toFile(), json);

        ObjectNode generation = JSON.createObjectNode();
        putToken(generation, config.endOfText());
        JSON.writerWithDefaultPrettyPrinter()
                .writeValue(folder.resolve("generation_config.json").toFile(), generation);
    }

    private static void putToken(ObjectNode json, int endOfText) {
        if (endOfText >= 0) {
            json.put("eos_token_id", endOfText);
        }
    }
}
