package io.logitstream.model;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;

/**
 * Norms and products of a model's layers in one precision. In bfloat16 norms take either type, products take bfloat16,
 * and both give bfloat16. Such a tensor may be handed on, reshaped and closed in Java, but asking for its type or its
 * values ends the process, since DJL does not know it.
 *
 * @param kernels kernels of the decoder
 * @param epsilon added to the mean square of a norm, a scalar tensor
 * @param precision type of the products
 */
record Operations(TorchScript kernels, NDArray epsilon, Precision precision) {
  NDArray norm(NDArray x, NDArray weight) {
    return kernels.call(precision == Precision.BFLOAT16 ? "rms_norm_bfloat16" : "rms_norm", x, weight, epsilon);
  }

  NDArray linear(NDArray x, NDArray weight, NDArray bias) {
    if (precision == Precision.FLOAT32) {
      return JniUtils.linear((PtNDArray) x, (PtNDArray) weight, (PtNDArray) bias);
    }
    return bias == null ? kernels.call("linear_bfloat16", x, weight)
        : kernels.call("linear_with_bias_bfloat16", x, weight, bias);
  }
}
