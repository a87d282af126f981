package io.logitstream.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.Map;

/** One pre-norm decoder layer: {@code x + attention(norm(x))}, then {@code x + swiglu(norm(x))}. */
final class DecoderLayer {
  private final int index;
  private final ModelConfig config;
  private final TorchScript kernels;
  private final NDArray epsilon;
  private final NDArray attentionNorm;
  private final NDArray feedForwardNorm;
  private final Linear query;
  private final Linear key;
  private final Linear value;
  private final Linear attentionOutput;
  private final Linear gate;
  private final Linear up;
  private final Linear down;

  DecoderLayer(ModelConfig config, TorchScript kernels, NDArray epsilon, Map<String, NDArray> weights, int index) {
    this.index = index;
    this.config = config;
    this.kernels = kernels;
    this.epsilon = epsilon;
    attentionNorm = weights.get(HuggingFaceNames.layer(index, HuggingFaceNames.ATTENTION_NORM));
    feedForwardNorm = weights.get(HuggingFaceNames.layer(index, HuggingFaceNames.FEED_FORWARD_NORM));
    query = linear(weights, index, HuggingFaceNames.QUERY);
    key = linear(weights, index, HuggingFaceNames.KEY);
    value = linear(weights, index, HuggingFaceNames.VALUE);
    attentionOutput = linear(weights, index, HuggingFaceNames.ATTENTION_OUTPUT);
    gate = linear(weights, index, HuggingFaceNames.GATE);
    up = linear(weights, index, HuggingFaceNames.UP);
    down = linear(weights, index, HuggingFaceNames.DOWN);
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
    long rows = x_BTD.getShape().get(0);
    long positions = x_BTD.getShape().get(1);
    NDArray normed_BTD = kernels.call("rms_norm", x_BTD, attentionNorm, epsilon);
    NDArray q_BTHK = query.forward(normed_BTD).reshape(new Shape(rows, positions, config.heads(), config.headSize()));
    Shape grouped = new Shape(rows, positions, config.keyValueHeads(), config.headSize());
    NDArray k_BTGK = key.forward(normed_BTD).reshape(grouped);
    NDArray v_BTGK = value.forward(normed_BTD).reshape(grouped);
    NDArray mixed_BTD = cache != null
        ? cache.attention(index, rotated(q_BTHK, rope), rotated(k_BTGK, rope), v_BTGK)
        : kernels.call("attention", q_BTHK, k_BTGK, v_BTGK, rope.cos_T1K(), rope.sin_T1K());
    NDArray attended_BTD = x_BTD.add(attentionOutput.forward(mixed_BTD));

    normed_BTD = kernels.call("rms_norm", attended_BTD, feedForwardNorm, epsilon);
    NDArray inner_BTF = kernels.call("swiglu", gate.forward(normed_BTD), up.forward(normed_BTD));
    return attended_BTD.add(down.forward(inner_BTF));
  }

  private NDArray rotated(NDArray x_BTHK, RotaryEmbedding.Table rope) {
    return kernels.call("rotate", x_BTHK, rope.cos_T1K(), rope.sin_T1K());
  }

  private static Linear linear(Map<String, NDArray> weights, int index, String name) {
    String full = HuggingFaceNames.layer(index, name);
    return new Linear(weights.get(full + ".weight"), weights.get(full + ".bias"));
  }

  private record Linear(NDArray weight, NDArray bias) {
    NDArray forward(NDArray x) {
      return JniUtils.linear((PtNDArray) x, (PtNDArray) weight, (PtNDArray) bias);
    }
  }
}
