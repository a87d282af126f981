package io.logitstream.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A forward pass that keeps the input of each of its parts alone: the backward pass computes a part again before it goes
 * backward through it (Chen et al. 2016, Training Deep Nets with Sublinear Memory Cost). The same operations on the same
 * values give the same gradients to the bit.
 */
final class RecomputedPass implements ForwardPass {
  private final List<UnaryOperator<NDArray>> parts;
  private final Deque<NDArray> inputs = new ArrayDeque<>();
  private final NDManager scope;
  private final NDArray hidden_BTD;

  /**
   * Goes forward.
   *
   * @param parts parts of the model; each takes and returns what its input's scope owns
   * @param ids_BT input of the first part, which has no gradient
   */
  RecomputedPass(List<UnaryOperator<NDArray>> parts, NDArray ids_BT) {
    this.parts = parts;
    this.scope = ids_BT.getManager();
    NDArray x = ids_BT;
    Torch.recordGradients(false);
    try {
      for (UnaryOperator<NDArray> part : parts) {
        inputs.push(x);
        x = apply(part, x);
      }
    } finally {
      Torch.recordGradients(true);
    }
    hidden_BTD = x;
  }

  private NDArray apply(UnaryOperator<NDArray> part, NDArray input) {
    try (NDManager inPart = scope.newSubManager()) {
      input.attach(inPart);
      NDArray output = part.apply(input);
      output.attach(scope);
      input.attach(scope);
      return output;
    }
  }

  @Override
  public NDArray hidden_BTD() {
    return hidden_BTD;
  }

  @Override
  public void backward(NDArray hiddenGradient) {
    NDArray gradient = hiddenGradient.reshape(hidden_BTD.getShape());
    for (int i = parts.size() - 1; i >= 0; i--) {
      try (NDManager inPart = scope.newSubManager()) {
        NDArray input = inputs.pop();
        input.attach(inPart);
        if (i > 0) {
          input.setRequiresGradient(true);
        }
        NDArray output = parts.get(i).apply(input);
        JniUtils.backward((PtNDArray) output, (PtNDArray) gradient, false, false);
        gradient.close();
        if (i > 0) {
          gradient = JniUtils.getGradient((PtNDArray) input);
          gradient.attach(scope);
        }
      }
    }
  }
}
