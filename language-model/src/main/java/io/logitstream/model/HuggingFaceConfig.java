package io.logitstream.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Reads and writes {@code config.json} of the Llama family. RoPE settings are read in the layout of transformers
 * 4 ({@code rope_theta}, {@code rope_scaling}) and 5 ({@code rope_parameters}), and written in that of 4, which
 * both read.
 */
final class HuggingFaceConfig {
  private static final ObjectMapper JSON = new ObjectMapper();

  private HuggingFaceConfig() {}

  static ModelConfig read(Path folder) {
    Path file = folder.resolve("config.json");
    if (!Files.isRegularFile(file)) {
      throw new ModelException(file.toAbsolutePath() + " is missing: " + folder.toAbsolutePath()
          + " is no Hugging Face model folder");
    }
    try {
      return parse(JSON.readTree(file.toFile()), file);
    } catch (JsonProcessingException e) {
      throw new ModelException(file.toAbsolutePath() + ": not readable as JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new ModelException(file.toAbsolutePath() + ": cannot be read: " + e, e);
    }
  }

  private static ModelConfig parse(JsonNode json, Path file) {
    requireOneOf(json, "model_type", file, "llama");
    requireOneOf(json, "hidden_act", file, "silu");
    int vocabulary = integer(json, "vocab_size", file);
    int hidden = integer(json, "hidden_size", file);
    int feedForward = integer(json, "intermediate_size", file);
    int layers = integer(json, "num_hidden_layers", file);
    int heads = integer(json, "num_attention_heads", file);
    RopeConfig rope = rope(json, file);
    try {
      return new ModelConfig(vocabulary, hidden, feedForward, layers, heads,
          json.path("num_key_value_heads").asInt(heads),
          json.path("head_dim").asInt(heads > 0 ? hidden / heads : 0),
          json.path("max_position_embeddings").asInt(2048),
          json.path("rms_norm_eps").asDouble(1e-6),
          rope,
          json.path("tie_word_embeddings").asBoolean(false),
          json.path("attention_bias").asBoolean(false),
          json.path("mlp_bias").asBoolean(false),
          endOfText(json.path("eos_token_id")));
    } catch (ModelException e) {
      throw new ModelException(file.toAbsolutePath() + ": " + e.getMessage(), e);
    }
  }

  private static RopeConfig rope(JsonNode json, Path file) {
    JsonNode parameters = json.hasNonNull("rope_parameters") ? json.get("rope_parameters")
        : json.path("rope_scaling");
    double theta = parameters.path("rope_theta").asDouble(json.path("rope_theta").asDouble(10000));
    String type = parameters.path("rope_type").asText(parameters.path("type").asText("default"));
    return switch (type) {
      case "default" -> RopeConfig.plain(theta);
      case "linear" -> new RopeConfig(theta, type, positive(parameters, "factor", file), 1, 1, 0);
      case "llama3" -> new RopeConfig(theta, type, positive(parameters, "factor", file),
          positive(parameters, "low_freq_factor", file), positive(parameters, "high_freq_factor", file),
          integer(parameters, "original_max_position_embeddings", file));
      default -> throw new ModelException(file.toAbsolutePath() + ": rope_type '" + type
          + "' is not supported; supported are default, linear and llama3");
    };
  }

  static void write(ModelConfig config, String dataType, Path folder) throws IOException {
    ObjectNode json = JSON.createObjectNode();
    json.putArray("architectures").add("LlamaForCausalLM");
    json.put("model_type", "llama");
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
    RopeConfig rope = config.rope();
    json.put("rope_theta", rope.theta());
    if (!rope.type().equals("default")) {
      ObjectNode scaling = json.putObject("rope_scaling");
      scaling.put("rope_type", rope.type());
      scaling.put("factor", rope.factor());
      if (rope.type().equals("llama3")) {
        scaling.put("low_freq_factor", rope.lowFrequencyFactor());
        scaling.put("high_freq_factor", rope.highFrequencyFactor());
        scaling.put("original_max_position_embeddings", rope.originalPositions());
      }
    }
    json.put("tie_word_embeddings", config.tiedEmbeddings());
    json.put("attention_bias", config.attentionBias());
    json.put("mlp_bias", config.feedForwardBias());
    json.putNull("bos_token_id");
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

  private static int endOfText(JsonNode token) {
    return token.isArray() ? token.path(0).asInt(-1) : token.asInt(-1);
  }

  private static int integer(JsonNode json, String key, Path file) {
    JsonNode value = json.path(key);
    if (!value.isInt()) {
      throw new ModelException(file.toAbsolutePath() + ": key " + key + " is missing or no integer");
    }
    return value.intValue();
  }

  private static double positive(JsonNode json, String key, Path file) {
    double value = json.path(key).asDouble(0);
    if (!(value > 0)) {
      throw new ModelException(file.toAbsolutePath() + ": key " + key + " of the rotary embedding is missing or not"
          + " positive");
    }
    return value;
  }

  private static void requireOneOf(JsonNode json, String key, Path file, String supported) {
    String value = json.path(key).asText("");
    if (!value.equals(supported)) {
      throw new ModelException(file.toAbsolutePath() + ": " + key + " '" + value
          + "' is not supported; supported is " + supported);
    }
  }
}
