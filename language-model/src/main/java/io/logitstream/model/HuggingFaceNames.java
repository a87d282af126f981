package io.logitstream.model;

import ai.djl.ndarray.types.Shape;
import java.util.LinkedHashMap;
import java.util.Map;

/** The one place for the Hugging Face names of the Llama family: weights with their shapes. */
public final class HuggingFaceNames {
  static final String EMBEDDING = "model.embed_tokens.weight";
  static final String FINAL_NORM = "model.norm.weight";
  static final String OUTPUT = "lm_head.weight";
  static final String ATTENTION_NORM = "input_layernorm.weight";
  static final String FEED_FORWARD_NORM = "post_attention_layernorm.weight";
  static final String QUERY = "self_attn.q_proj";
  static final String KEY = "self_attn.k_proj";
  static final String VALUE = "self_attn.v_proj";
  static final String ATTENTION_OUTPUT = "self_attn.o_proj";
  static final String GATE = "mlp.gate_proj";
  static final String UP = "mlp.up_proj";
  static final String DOWN = "mlp.down_proj";

  private HuggingFaceNames() {}

  /** Name of the weight that is the output head. */
  public static String output(ModelConfig config) {
    return config.tiedEmbeddings() ? EMBEDDING : OUTPUT;
  }

  static String layer(int index, String name) {
    return "model.layers." + index + "." + name;
  }

  /**
   * Every weight of a model.
   *
   * @param config shape of the model
   * @return name to shape, in the order of the forward pass; {@code lm_head.weight} is left out when tied
   */
  public static Map<String, Shape> shapes(ModelConfig config) {
    long d = config.hiddenSize();
    long f = config.feedForwardSize();
    long queries = (long) config.heads() * config.headSize();
    long keys = (long) config.keyValueHeads() * config.headSize();
    Map<String, Shape> shapes = new LinkedHashMap<>();
    shapes.put(EMBEDDING, new Shape(config.vocabularySize(), d));
    for (int i = 0; i < config.layers(); i++) {
      shapes.put(layer(i, ATTENTION_NORM), new Shape(d));
      projection(shapes, layer(i, QUERY), queries, d, config.attentionBias());
      projection(shapes, layer(i, KEY), keys, d, config.attentionBias());
      projection(shapes, layer(i, VALUE), keys, d, config.attentionBias());
      projection(shapes, layer(i, ATTENTION_OUTPUT), d, queries, config.attentionBias());
      shapes.put(layer(i, FEED_FORWARD_NORM), new Shape(d));
      projection(shapes, layer(i, GATE), f, d, config.feedForwardBias());
      projection(shapes, layer(i, UP), f, d, config.feedForwardBias());
      projection(shapes, layer(i, DOWN), d, f, config.feedForwardBias());
    }
    shapes.put(FINAL_NORM, new Shape(d));
    if (!config.tiedEmbeddings()) {
      shapes.put(OUTPUT, new Shape(config.vocabularySize(), d));
    }
    return shapes;
  }

  private static void projection(Map<String, Shape> shapes, String name, long out, long in, boolean bias) {
    shapes.put(name + ".weight", new Shape(out, in));
    if (bias) {
      shapes.put(name + ".bias", new Shape(out));
    }
  }
}
