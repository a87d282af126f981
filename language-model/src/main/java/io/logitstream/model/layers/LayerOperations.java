package io.logitstream.model.layers;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import io.logitstream.model.libtorch.Precision;
import io.logitstream.model.libtorch.TorchScript;

/**
 * Norms and products of a model's layers in one precision. In bfloat16 norms take either type, products take bfloat16,
 * and both give bfloat16. Such a tensor may be handed on, reshaped and closed in Java, but asking for its type or its
 * values ends the process, since DJL does not know it.
 *
 * @param kernels kernels of the decoder
 * @param epsilon added to the mean square of a norm, a scalar tensor
 * @param precision type of the products
 * @param normsAddOne whether norms multiply by 1 + weight
 */
public record LayerOperations(TorchScript kernels, NDArray epsilon, Precision precision, boolean normsAddOne) {
    public NDArray norm(NDArray x, NDArray weight) {
        String kernel = normsAddOne ? "rms_norm_of_offset" : "rms_norm";
        return kernels.call(precision == Precision.BFLOAT16 ? kernel + "_bfloat16" : kernel, x, weight, epsilon);
    }

    /** The input of products that no norm comes before, in their type; the tensor itself where it has that. */
    public NDArray unnormed(NDArray x) {
        return precision == Precision.BFLOAT16 ? kernels.call("to_bfloat16", x) : x;
    }

    /** A factor as a tensor of the model's device, or null for 1. */
    public NDArray factor(double factor) {
        return factor == 1 ? null : epsilon.getManager().create((float) factor);
    }

    /** A bound as a tensor of the model's device, or null for none. */
    public NDArray bound(double bound) {
        return bound == 0 ? null : epsilon.getManager().create((float) bound);
    }

    public NDArray linear(NDArray x, NDArray weight, NDArray bias) {
        if (precision == Precision.FLOAT32) {
            return JniUtils.linear((PtNDArray) x, (PtNDArray) weight, (PtNDArray) bias);
        }
        return bias == null
                ? kernels.call("linear_bfloat16", x, weight)
                : kernels.call("linear_with_bias_bfloat16", x, weight, bias);
    }
}
