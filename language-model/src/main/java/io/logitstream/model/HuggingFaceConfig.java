package io.logitstream.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/**
 * Reads and writes {@code config.json}. What the keys of a family are is said in its {@link ModelFamily}; a key that no
 * one reads and that might change the model is refused.
 */
final class HuggingFaceConfig {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Keys that say nothing about what a forward pass computes. */
  private static final Set<String> HARMLESS = Set.of("architectures", "attention_dropout", "bos_token_id", "dtype",
      "eos_token_id", "hidden_dropout", "initializer_range", "max_length", "max_window_layers", "model_type",
      "pad_token_id", "pretraining_tp", "sliding_window", "tokenizer_class", "torch_dtype", "transformers_version",
      "transformers.js_config", "unsloth_fixed", "unsloth_version", "use_cache");

  private HuggingFaceConfig() {}

  static ModelConfig read(Path folder) {
    Path file = folder.resolve("config.json");
    if (CausalModels.isTorchScript(folder)) {
      throw new ModelException(folder.toAbsolutePath() + " is TorchScript, which can only teach; here a Hugging Face"
          + " folder is needed");
    }
    if (!Files.isRegularFile(file)) {
      throw new ModelException(file.toAbsolutePath() + " is missing: " + folder.toAbsolutePath()
          + " is no Hugging Face model folder");
    }
    try {
      JsonNode json = JSON.readTree(file.toFile());
      return parse(new ConfigReader(json, file), file);
    } catch (JsonProcessingException e) {
      throw new ModelException(file.toAbsolutePath() + ": not readable as JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new ModelException(file.toAbsolutePath() + ": cannot be read: " + e, e);
    }
  }

  private static ModelConfig parse(ConfigReader json, Path file) {
    ModelFamily family = family(json, file);
    ModelFamily.Defaults defaults = family.defaults();
    requireKnownArithmetic(json, family);
    int hidden = json.integer("hidden_size");
    int layers = json.integer("num_hidden_layers");
    int heads = json.integer("num_attention_heads");
    int maxPositions = json.positive("max_position_embeddings", defaults.maxPositions());
    int keyValueHeads = json.integer("num_key_value_heads", defaults.keyValueHeads() > 0 ? defaults.keyValueHeads()
        : heads);
    int headSize = json.integer("head_dim", defaults.headSize() > 0 ? defaults.headSize()
        : heads > 0 ? hidden / heads : 0);
    RopeConfig rope = RopeKeys.read(json, family, maxPositions);
    try {
      ModelConfig config = new ModelConfig(family.modelType(), json.integer("vocab_size"), hidden,
          json.integer("intermediate_size"), layers, heads, keyValueHeads, headSize, maxPositions,
          json.positive("rms_norm_eps", defaults.normEpsilon()), rope, json.flag("tie_word_embeddings", false),
          family.biases(json), family.windows(json, layers), json.token("eos_token_id"));
      json.requireNothingElse(HARMLESS);
      return config;
    } catch (ModelException e) {
      throw located(e, file);
    }
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

  private static void requireKnownArithmetic(ConfigReader json, ModelFamily family) {
    if (!json.has("hidden_act")) {
      throw json.refused("hidden_act", "it is missing");
    }
    String activation = json.text("hidden_act", null);
    if (!activation.equals("silu")) {
      throw json.refused("hidden_act", "'" + activation + "' is not supported; supported is silu");
    }
    ConfigReader quantization = json.child("quantization_config");
    if (json.has("quantization_config")) {
      throw json.refused("quantization_config", "weights quantized with " + quantization.text("quant_method", "?")
          + " are not supported; use the model in float32, float16 or bfloat16");
    }
  }

  private static ModelException located(ModelException e, Path file) {
    String at = file.toAbsolutePath().toString();
    return e.getMessage().startsWith(at) ? e : new ModelException(at + ": " + e.getMessage(), e);
  }

  static void write(ModelConfig config, String dataType, Path folder) throws IOException {
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
    RopeKeys.write(config.rope(), family, json);
    json.put("tie_word_embeddings", config.tiedEmbeddings());
    family.write(config, json);
    json.putNull("bos_token_id");
    // GLM's transformers classes default to a padding token, which may lie outside this vocabulary.
    json.putNull("pad_token_id");
    putToken(json, config.endOfText());
    json.put("torch_dtype", dataType);
    JSON.writerWithDefaultPrettyPrinter().writeValue(folder.resolve("config.json").toFile(), json);

    ObjectNode generation = JSON.createObjectNode();
    putToken(generation, config.endOfText());
    JSON.writerWithDefaultPrettyPrinter().writeValue(folder.resolve("generation_config.json").toFile(), generation);
  }

  private static void putToken(ObjectNode json, int endOfText) {
    if (endOfText >= 0) {
      json.put("eos_token_id", endOfText);
    }
  }
}
