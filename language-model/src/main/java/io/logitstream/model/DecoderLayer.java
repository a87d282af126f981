package io.logitstream.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import io.logitstream.model.WeightNames.Part;
import java.util.Map;

/**
 * One pre-norm decoder layer: {@code x + attention(norm(x))}, then {@code x + swiglu(norm(x))}. Weights that the
 * model's family does not have are null, and their steps are left out.
 */
final class DecoderLayer {
  private final int index;
  private final ModelConfig config;
  private final TorchScript kernels;
  private final NDArray epsilon;
  private final NDArray window;
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
   * @param window tensor [W, 0] whose first size is the sliding window, or null: a size reaches a kernel without
   *     waiting for the device
   */
  DecoderLayer(ModelConfig config, TorchScript kernels, NDArray epsilon, NDArray window, Map<String, NDArray> weights,
      int index) {
    this.index = index;
    this.config = config;
    this.kernels = kernels;
    this.epsilon = epsilon;
    this.window = window;
    rotate = config.rope().pairs() ? "rotate_pairs" : "rotate_halves";
    Weights own = new Weights(HuggingFaceNames.of(config), weights, index);
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
   * The layer.
   *
   * @param x_BTD residual stream
   * @param rope angles of the T positions
   * @param cache keys and values of the positions before them, to which those of these are added; null when T starts
   *     at the beginning and nothing is to follow
   */
  NDArray forward(NDArray x_BTD, RotaryEmbedding.Table rope, KeyValueCache cache) {
    NDArray attended_BTD = x_BTD.add(norm(attention(norm(x_BTD, attentionNorm), rope, cache), attentionOutputNorm));
    return attended_BTD.add(norm(feedForward(norm(attended_BTD, feedForwardNorm)), feedForwardOutputNorm));
  }

  private NDArray attention(NDArray normed_BTD, RotaryEmbedding.Table rope, KeyValueCache cache) {
    NDArray q_BTHK = rotated(norm(query.heads(normed_BTD, config.heads()), queryNorm), rope);
    NDArray k_BTGK = rotated(norm(key.heads(normed_BTD, config.keyValueHeads()), keyNorm), rope);
    NDArray v_BTGK = value.heads(normed_BTD, config.keyValueHeads());
    if (cache != null) {
      return attentionOutput.forward(cache.attention(index, q_BTHK, k_BTGK, v_BTGK, config.window(index)));
    }
    NDArray mixed_BTD = window != null && normed_BTD.getShape().get(1) > window.getShape().get(0)
        ? kernels.call("windowed_attention", q_BTHK, k_BTGK, v_BTGK, window)
        : kernels.call("attention", q_BTHK, k_BTGK, v_BTGK);
    return attentionOutput.forward(mixed_BTD);
  }

  private NDArray feedForward(NDArray normed_BTD) {
    NDArray inner_BTF = gateAndUp != null ? kernels.call("swiglu_of_both", gateAndUp.forward(normed_BTD))
        : kernels.call("swiglu", gate.forward(normed_BTD), up.forward(normed_BTD));
    return down.forward(inner_BTF);
  }

  private NDArray rotated(NDArray x_BTHK, RotaryEmbedding.Table rope) {
    return kernels.call(rotate, x_BTHK, rope.cos_T1R(), rope.sin_T1R());
  }

  private NDArray norm(NDArray x, NDArray weight) {
    return weight == null ? x : kernels.call("rms_norm", x, weight, epsilon);
  }

  private record Weights(WeightNames names, Map<String, NDArray> all, int layer) {
    NDArray norm(Part part) {
      return names.has(part) ? all.get(names.weight(part, layer)) : null;
    }

    Linear linear(Part part) {
      return names.has(part) ? new Linear(all.get(names.weight(part, layer)), all.get(names.bias(part, layer))) : null;
    }
  }

  private record Linear(NDArray weight, NDArray bias) {
    NDArray forward(NDArray x) {
      return JniUtils.linear((PtNDArray) x, (PtNDArray) weight, (PtNDArray) bias);
    }

    NDArray heads(NDArray x_BTD, long heads) {
      Shape shape = x_BTD.getShape();
      return forward(x_BTD).reshape(new Shape(shape.get(0), shape.get(1), heads, weight.getShape().get(0) / heads));
    }
  }
}
