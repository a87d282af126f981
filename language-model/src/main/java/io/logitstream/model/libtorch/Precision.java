package io.logitstream.model.libtorch;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Type that matrix products are computed in. Weights, their gradients and an optimizer's moments are float32. */
public enum Precision {
    /** 24 significant bits. */
    @JsonProperty("float32")
    FLOAT32,

    /**
     * 8 significant bits in the operands of products and in what the backward pass keeps of the layers; the residual
     * stream, norms, softmax and loss stay in float32, as in PyTorch's autocast. Faster where a device has units for it.
     */
    @JsonProperty("bfloat16")
    BFLOAT16
}
