package io.logitstream.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.logitstream.model.WeightNames.Part;
import java.util.Map;

/**
 * One pre-norm decoder layer: {@code x + attention(norm(x))}, then {@code x + swiglu(norm(x))}. Weights that the
 * model's family does not have are null, and their steps are left out.
 */
final class DecoderLayer {
  private final int index;
  private final ModelConfig config;
  private final Operations operations;
  private final TorchScript kernels;
  private final Attention attention;
  private final String rotate;
  private final NDArray attentionNorm;
  private final Linear query;
  private final Linear key;
  private final Linear value;
  private final NDArray queryNorm;
  private final NDArray keyNorm;
  private final Linear attentionOutput;
  private final NDArray attentionOutputNorm;
  private final NDArray feedForwardNorm;
  private final Linear gate;
  private final Linear up;
  private final Linear gateAndUp;
  private final Linear down;
  private final NDArray feedForwardOutputNorm;

  /**
   * @param operations norms and products of the model, in the precision of this layer
   */
  DecoderLayer(ModelConfig config, Operations operations, Attention attention, Map<String, NDArray> weights,
      int index) {
    this.index = index;
    this.config = config;
    this.operations = operations;
    this.kernels = operations.kernels();
    this.attention = attention;
    rotate = config.rope().pairs() ? "rotate_pairs" : "rotate_halves";
    Weights own = new Weights(operations, HuggingFaceNames.of(config), weights, index);
    attentionNorm = own.norm(Part.ATTENTION_NORM);
    query = own.linear(Part.QUERY);
    key = own.linear(Part.KEY);
    value = own.linear(Part.VALUE);
    queryNorm = own.norm(Part.QUERY_NORM);
    keyNorm = own.norm(Part.KEY_NORM);
    attentionOutput = own.linear(Part.ATTENTION_OUTPUT);
    attentionOutputNorm = own.norm(Part.ATTENTION_OUTPUT_NORM);
    feedForwardNorm = own.norm(Part.FEED_FORWARD_NORM);
    gate = own.linear(Part.GATE);
    up = own.linear(Part.UP);
    gateAndUp = own.linear(Part.GATE_AND_UP);
    down = own.linear(Part.DOWN);
    feedForwardOutputNorm = own.norm(Part.FEED_FORWARD_OUTPUT_NORM);
  }

  /**
   * The layer. Each result is let go as soon as the next one is made from it: memory that is used again at once is still
   * in the cache, and need not be asked from the system anew. What a backward pass needs, libtorch holds by itself.
   *
   * @param x_BTD residual stream
   * @param rope angles of the T positions
   * @param cache keys and values of the positions before them, to which those of these are added; null when T starts
   *     at the beginning and nothing is to follow
   */
  NDArray forward(NDArray x_BTD, RotaryEmbedding.Table rope, KeyValueCache cache) {
    NDArray attended_BTD = sum(x_BTD, attention(norm(x_BTD, attentionNorm), rope, cache), attentionOutputNorm);
    NDArray result_BTD = sum(attended_BTD, feedForward(norm(attended_BTD, feedForwardNorm)), feedForwardOutputNorm);
    attended_BTD.close();
    return result_BTD;
  }

  private NDArray attention(NDArray normed_BTD, RotaryEmbedding.Table rope, KeyValueCache cache) {
    try (normed_BTD;
        NDArray q_BTHK = rotated(query.heads(normed_BTD, config.heads()), queryNorm, rope);
        NDArray k_BTGK = rotated(key.heads(normed_BTD, config.keyValueHeads()), keyNorm, rope);
        NDArray v_BTGK = value.heads(normed_BTD, config.keyValueHeads());
        NDArray mixed_BTD = cache == null ? attention.of(q_BTHK, k_BTGK, v_BTGK)
            : cache.attention(index, q_BTHK, k_BTGK, v_BTGK, config.window(index))) {
      return attentionOutput.forward(mixed_BTD);
    }
  }

  private NDArray feedForward(NDArray normed_BTD) {
    try (normed_BTD; NDArray inner_BTF = inner(normed_BTD)) {
      return down.forward(inner_BTF);
    }
  }

  private NDArray inner(NDArray normed_BTD) {
    if (gateAndUp != null) {
      try (NDArray both = gateAndUp.forward(normed_BTD)) {
        return kernels.call("swiglu_of_both", both);
      }
    }
    try (NDArray gate_BTF = gate.forward(normed_BTD); NDArray up_BTF = up.forward(normed_BTD)) {
      return kernels.call("swiglu", gate_BTF, up_BTF);
    }
  }

  private NDArray rotated(NDArray x_BTHK, NDArray norm, RotaryEmbedding.Table rope) {
    try (x_BTHK; NDArray normed_BTHK = norm == null ? x_BTHK : norm(x_BTHK, norm)) {
      return kernels.call(rotate, normed_BTHK, rope.cos_T1R(), rope.sin_T1R());
    }
  }

  private NDArray sum(NDArray x_BTD, NDArray branch_BTD, NDArray norm) {
    try (branch_BTD; NDArray normed_BTD = norm == null ? branch_BTD : norm(branch_BTD, norm)) {
      return x_BTD.add(normed_BTD);
    }
  }

  private NDArray norm(NDArray x, NDArray weight) {
    return operations.norm(x, weight);
  }

  private record Weights(Operations operations, WeightNames names, Map<String, NDArray> all, int layer) {
    NDArray norm(Part part) {
      return names.has(part) ? all.get(names.weight(part, layer)) : null;
    }

    Linear linear(Part part) {
      return names.has(part)
          ? new Linear(operations, all.get(names.weight(part, layer)), all.get(names.bias(part, layer))) : null;
    }
  }

  private record Linear(Operations operations, NDArray weight, NDArray bias) {
    NDArray forward(NDArray x) {
      return operations.linear(x, weight, bias);
    }

    NDArray heads(NDArray x_BTD, long heads) {
      Shape shape = x_BTD.getShape();
      try (NDArray all = forward(x_BTD)) {
        return all.reshape(new Shape(shape.get(0), shape.get(1), heads, weight.getShape().get(0) / heads));
      }
    }
  }
}
