package io.logitstream.model.libtorch;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Type of the operands of matrix products. Weights, gradients and the moments of an optimizer are float32 in both. */
public enum Precision {
    /** float32: 24 significant bits. */
    @JsonProperty("float32")
    FLOAT32,

    /**
     * bfloat16: 8 significant bits in the operands of products, and in what the backward pass keeps of the layers.
     * The residual stream, norms, softmax and loss are float32, as in PyTorch's autocast. Faster on devices with
     * bfloat16 units.
     */
    @JsonProperty("bfloat16")
    BFLOAT16
}
