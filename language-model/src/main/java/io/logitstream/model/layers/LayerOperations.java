package io.logitstream.model.layers;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import io.logitstream.model.libtorch.Precision;
import io.logitstream.model.libtorch.TorchScript;

/**
 * Norms and products of a model's layers in one precision. In bfloat16, norms take float32 or bfloat16, products take
 * bfloat16, and both give bfloat16. DJL does not know that type: such a tensor may be passed on, reshaped and closed in
 * Java, but a call that asks for its type or its values ends the process.
 *
 * @param kernels kernels of the decoder
 * @param epsilon added to the mean square of a norm, a scalar tensor
 * @param precision type of the products
 * @param normsAddOne whether norms multiply by 1 + weight (Gemma)
 */
public record LayerOperations(TorchScript kernels, NDArray epsilon, Precision precision, boolean normsAddOne) {
    /** The same operations in another precision. */
    LayerOperations in(Precision other) {
        return new LayerOperations(kernels, epsilon, other, normsAddOne);
    }

    /**
     * RMSNorm (Zhang and Sennrich 2019, equation 4): {@code x / sqrt(mean(x^2) + epsilon) * weight} over the last dimension.
     *
     * @param x any shape [..., D]
     * @param weight D values
     * @return the shape of {@code x}, in this precision
     */
    public NDArray norm(NDArray x, NDArray weight) {
        String kernel = normsAddOne ? "rms_norm_of_offset" : "rms_norm";
        return kernels.call(precision == Precision.BFLOAT16 ? kernel + "_bfloat16" : kernel, x, weight, epsilon);
    }

    /** The input of a product that no norm precedes, converted to this precision; the tensor itself in float32. */
    public NDArray unnormed(NDArray x) {
        return precision == Precision.BFLOAT16 ? kernels.call("to_bfloat16", x) : x;
    }

    /** A factor as a scalar tensor on the model's device, or null for 1. */
    public NDArray factor(double factor) {
        return factor == 1 ? null : epsilon.getManager().create((float) factor);
    }

    /** A bound as a scalar tensor on the model's device, or null for 0, which stands for none. */
    public NDArray bound(double bound) {
        return bound == 0 ? null : epsilon.getManager().create((float) bound);
    }

    /** Some rows of a matrix, a view that belongs to the model. The matrix may be bfloat16. */
    NDArray rows(NDArray weight, long begin, long end) {
        return kernels.run(epsilon.getManager(), "rows_of_bfloat16", weight, begin, end)
                .get(0);
    }

    /**
     * A linear projection, {@code x weight^T + bias}.
     *
     * @param x [..., in], in this precision
     * @param weight [out, in], float32, or bfloat16 in that precision
     * @param bias [out], float32, or null
     * @return [..., out], in this precision
     */
    public NDArray linear(NDArray x, NDArray weight, NDArray bias) {
        if (precision == Precision.FLOAT32) {
            return JniUtils.linear((PtNDArray) x, (PtNDArray) weight, (PtNDArray) bias);
        }
        return bias == null
                ? kernels.call("linear_bfloat16", x, weight)
                : kernels.call("linear_with_bias_bfloat16", x, weight, bias);
    }
}
