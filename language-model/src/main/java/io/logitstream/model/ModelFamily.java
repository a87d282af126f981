package io.logitstream.model;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * What sets one family of Hugging Face models apart: the names of its weights and its keys of {@code config.json}. A
 * family that needs no other arithmetic than these differences is added with one class and its line in
 * {@link ModelFamilies}, see {@code docs/families.md}.
 */
interface ModelFamily {
  /**
   * Values of keys that a {@code config.json} may leave out, as transformers has them.
   *
   * @param keyValueHeads {@code num_key_value_heads}; 0: as many as heads
   * @param headSize {@code head_dim}; 0: hidden size / heads
   * @param maxPositions {@code max_position_embeddings}
   * @param normEpsilon {@code rms_norm_eps}
   */
  record Defaults(int keyValueHeads, int headSize, int maxPositions, double normEpsilon) {}

  /** {@code model_type} of the configuration. */
  String modelType();

  /** Name of the class in transformers. */
  String architecture();

  WeightNames names();

  Defaults defaults();

  /** Reads which projections have biases. */
  Biases biases(ConfigReader json);

  /**
   * Reads the sliding windows.
   *
   * @param layers number of layers
   * @return for each layer the positions it sees, its own included, or 0 for all; empty when all layers see all
   */
  default List<Integer> windows(ConfigReader json, int layers) {
    return List.of();
  }

  /** Part of a head that is rotated where the configuration does not say. */
  default double rotaryShare() {
    return 1;
  }

  /** Whether neighbouring values are rotated together, instead of those half a head apart. */
  default boolean rotatesPairs() {
    return false;
  }

  /** Writes the keys that {@link #biases} and {@link #windows} read. */
  void write(ModelConfig config, ObjectNode json);
}
