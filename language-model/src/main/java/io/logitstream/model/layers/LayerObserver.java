package io.logitstream.model.layers;

import ai.djl.ndarray.NDArray;

/**
 * Sees intermediate results of the decoder layers during forward passes in float32. Tensors are closed soon after a
 * call, and must not be changed.
 */
public interface LayerObserver {
    /** An observer that does nothing. */
    LayerObserver NONE = new LayerObserver() {};

    /** Input of attention or of the feed-forward block, [B, T, D]; the output of the RMSNorm before it, if there is one. */
    default void normed(int layer, NDArray normed_BTD) {}

    /** Outputs of all query heads, [B, T, H * A]: the input of the output projection. */
    default void heads(int layer, NDArray mixed_BTD) {}

    /** Activations of the feed-forward neurons, [B, T, F]: the input of the down projection. */
    default void neurons(int layer, NDArray inner_BTF) {}

    /** Residual stream before and after a layer, [B, T, D]. */
    default void layer(int layer, NDArray input_BTD, NDArray output_BTD) {}
}
