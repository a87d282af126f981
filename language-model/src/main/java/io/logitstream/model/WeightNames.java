package io.logitstream.model;

import java.util.EnumMap;
import java.util.Map;

/**
 * The Hugging Face names of one family's weights. A part without a name is not in the family's model: so the names also
 * say which norms there are, and whether gate and up are one matrix.
 */
final class WeightNames {
  /** Parts of a model that have weights. Those of {@link #perLayer} have them in each layer. */
  enum Part {
    EMBEDDING, FINAL_NORM, OUTPUT,
    ATTENTION_NORM, QUERY, KEY, VALUE, QUERY_NORM, KEY_NORM, ATTENTION_OUTPUT, ATTENTION_OUTPUT_NORM,
    FEED_FORWARD_NORM, GATE, UP, GATE_AND_UP, DOWN, FEED_FORWARD_OUTPUT_NORM;

    boolean perLayer() {
      return ordinal() > OUTPUT.ordinal();
    }
  }

  private static final String LAYERS = "model.layers.";

  private final Map<Part, String> names;

  private WeightNames(Map<Part, String> names) {
    this.names = names;
  }

  /** Names common to all families: the parts outside the layers. */
  static WeightNames common() {
    return new WeightNames(new EnumMap<>(Part.class))
        .with(Part.EMBEDDING, "model.embed_tokens")
        .with(Part.FINAL_NORM, "model.norm")
        .with(Part.OUTPUT, "lm_head");
  }

  /** These names and one more; those of layers are given as they stand after {@code model.layers.N.}. */
  WeightNames with(Part part, String name) {
    Map<Part, String> more = new EnumMap<>(Part.class);
    more.putAll(names);
    more.put(part, name);
    return new WeightNames(more);
  }

  boolean has(Part part) {
    return names.containsKey(part);
  }

  /** Name of a matrix or norm outside the layers. */
  String weight(Part part) {
    return names.get(part) + ".weight";
  }

  /** Name of a matrix or norm of a layer. */
  String weight(Part part, int layer) {
    return LAYERS + layer + "." + weight(part);
  }

  /** Name of a bias of a layer. */
  String bias(Part part, int layer) {
    return LAYERS + layer + "." + names.get(part) + ".bias";
  }

  /** Whether this is the name of a part's matrix in some layer. */
  boolean isWeight(Part part, String name) {
    return name.startsWith(LAYERS) && name.endsWith("." + weight(part));
  }
}
