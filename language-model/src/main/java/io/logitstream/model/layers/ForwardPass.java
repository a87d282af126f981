package io.logitstream.model.layers;

import ai.djl.ndarray.NDArray;

/** A forward pass whose backward pass is still to come. All of it belongs to the scope of its input. */
public interface ForwardPass {
    /** Hidden states after the last norm, [B, T, D]. */
    NDArray hidden_BTD();

    /**
     * Adds the gradients of all weights to those that are gathered; once.
     *
     * @param hiddenGradient gradient with respect to the hidden states, B * T * D values
     */
    void backward(NDArray hiddenGradient);
}
