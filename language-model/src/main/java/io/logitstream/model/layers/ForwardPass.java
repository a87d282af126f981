package io.logitstream.model.layers;

import ai.djl.ndarray.NDArray;

/** A forward pass with a backward pass to come. All its tensors belong to the scope of its input. */
public interface ForwardPass {
    /** Hidden states after the final norm, [B, T, D], float32. */
    NDArray hidden_BTD();

    /**
     * Runs the backward pass and adds the gradients of all weights to the gathered ones. May be called once.
     *
     * @param hiddenGradient gradient with respect to the hidden states, B * T * D values in any shape; may be
     *     overwritten
     */
    void backward(NDArray hiddenGradient);
}
