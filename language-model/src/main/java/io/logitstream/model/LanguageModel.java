package io.logitstream.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * A decoder-only transformer. It ends at the last norm: the output head is left to the caller, who seldom wants
 * all of [positions, vocabulary] at once. The forward pass may run in several threads at a time.
 */
public final class LanguageModel implements AutoCloseable {
  private final NDManager manager;
  private final ModelConfig config;
  private final Map<String, NDArray> weights;
  private final TorchScript kernels;
  private final NDArray epsilon;
  private final RotaryEmbedding rope;
  private final List<DecoderLayer> layers = new ArrayList<>();

  /**
   * A model of the given weights.
   *
   * @param manager scope of the model's own; closed with the model, and owner of the weights
   * @param config shape of the model
   * @param weights all weights by Hugging Face name, see {@link HuggingFaceNames#shapes}
   */
  LanguageModel(NDManager manager, ModelConfig config, Map<String, NDArray> weights) {
    this(manager, config, weights, config.rope().inverseFrequencies(config.headSize()));
  }

  LanguageModel(NDManager manager, ModelConfig config, Map<String, NDArray> weights, double[] inverseFrequencies) {
    this.manager = manager;
    this.config = config;
    this.weights = Collections.unmodifiableMap(weights);
    this.kernels = TorchScript.load(manager, LanguageModel.class, "decoder.py");
    this.epsilon = manager.create((float) config.normEpsilon());
    this.rope = new RotaryEmbedding(manager, inverseFrequencies);
    for (int i = 0; i < config.layers(); i++) {
      layers.add(new DecoderLayer(config, kernels, epsilon, weights, i));
    }
  }

  /**
   * Hidden states after the last norm.
   *
   * @param ids_BT token ids, int32 or int64, below the vocabulary size
   * @return hidden states [B, T, D], owned by the scope of {@code ids_BT}; intermediate results are released
   *     layer by layer, but for those that a recorded backward pass needs
   */
  public NDArray hidden(NDArray ids_BT) {
    NDManager scope = ids_BT.getManager();
    try (NDManager tables = scope.newSubManager()) {
      RotaryEmbedding.Table table = rope.table(tables, ids_BT.getShape().get(1));
      NDArray x_BTD = JniUtils.embedding((PtNDArray) ids_BT,
          (PtNDArray) weights.get(HuggingFaceNames.EMBEDDING), false);
      for (DecoderLayer layer : layers) {
        try (NDManager inLayer = scope.newSubManager()) {
          x_BTD.attach(inLayer);
          x_BTD = layer.forward(x_BTD, table);
          x_BTD.attach(scope);
        }
      }
      NDArray hidden_BTD = kernels.call("rms_norm", x_BTD, weights.get(HuggingFaceNames.FINAL_NORM), epsilon);
      x_BTD.close();
      return hidden_BTD;
    }
  }

  /**
   * A forward pass of a training step; the calling thread records gradients.
   *
   * @param ids_BT token ids, int32 or int64, below the vocabulary size
   * @param recompute whether the backward pass computes activations again instead of keeping them, for less memory
   */
  public ForwardPass forward(NDArray ids_BT, boolean recompute) {
    if (recompute) {
      return new RecomputedPass(parts(ids_BT.getManager(), ids_BT.getShape().get(1)), ids_BT);
    }
    NDArray hidden_BTD = hidden(ids_BT);
    return new ForwardPass() {
      @Override
      public NDArray hidden_BTD() {
        return hidden_BTD;
      }

      @Override
      public void backward(NDArray hiddenGradient) {
        JniUtils.backward((PtNDArray) hidden_BTD, (PtNDArray) hiddenGradient.reshape(hidden_BTD.getShape()), false,
            false);
      }
    };
  }

  private List<UnaryOperator<NDArray>> parts(NDManager scope, long positions) {
    RotaryEmbedding.Table table = rope.table(scope, positions);
    List<UnaryOperator<NDArray>> parts = new ArrayList<>();
    parts.add(ids_BT -> JniUtils.embedding((PtNDArray) ids_BT, (PtNDArray) weights.get(HuggingFaceNames.EMBEDDING),
        false));
    layers.forEach(layer -> parts.add(x_BTD -> layer.forward(x_BTD, table)));
    parts.add(x_BTD -> kernels.call("rms_norm", x_BTD, weights.get(HuggingFaceNames.FINAL_NORM), epsilon));
    return parts;
  }

  /**
   * Logits of every position: B * T * V values, for small inputs.
   *
   * @param ids_BT token ids
   * @return logits [B, T, V], owned by the scope of {@code ids_BT}
   */
  public NDArray logits(NDArray ids_BT) {
    try (NDArray hidden_BTD = hidden(ids_BT)) {
      return JniUtils.linear((PtNDArray) hidden_BTD, (PtNDArray) outputWeight(), null);
    }
  }

  /** Shape of the model. */
  public ModelConfig config() {
    return config;
  }

  /** Weights by Hugging Face name, in the order of the forward pass. */
  public Map<String, NDArray> weights() {
    return weights;
  }

  /** The output head [V, D]: the embedding when tied. */
  public NDArray outputWeight() {
    return weights.get(HuggingFaceNames.output(config));
  }

  /** A new scope on the model's device, the caller's to close. */
  public NDManager newScope() {
    return manager.newSubManager();
  }

  /** Kernels of the decoder, with those of the optimizer. */
  TorchScript kernels() {
    return kernels;
  }

  @Override
  public void close() {
    manager.close();
  }
}
