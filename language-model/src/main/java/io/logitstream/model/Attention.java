package io.logitstream.model;

import ai.djl.ndarray.NDArray;

/**
 * Fused causal attention of positions from the beginning on.
 *
 * @param kernels kernels of the decoder
 * @param window tensor [W, 0] whose first size is the sliding window, or null: a size reaches a kernel without waiting
 *     for the device
 */
record Attention(TorchScript kernels, NDArray window) {
  NDArray of(NDArray q_BTHK, NDArray k_BTGK, NDArray v_BTGK) {
    return window != null && q_BTHK.getShape().get(1) > window.getShape().get(0)
        ? kernels.call("windowed_attention", q_BTHK, k_BTGK, v_BTGK, window)
        : kernels.call("attention", q_BTHK, k_BTGK, v_BTGK);
  }
}
