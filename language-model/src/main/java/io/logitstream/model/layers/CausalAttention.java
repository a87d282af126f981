package io.logitstream.model.layers;

import ai.djl.ndarray.NDArray;
import io.logitstream.model.libtorch.TorchScript;

/**
 * Fused causal attention of positions from the beginning on.
 *
 * @param kernels kernels of the decoder
 * @param window tensor [W, 0] whose first size is the sliding window, or null: a size reaches a kernel without waiting
 *     for the device
 * @param cap bound of the scores, a scalar tensor, or null
 */
public record CausalAttention(TorchScript kernels, NDArray window, NDArray cap) {
    NDArray of(NDArray q_BTHK, NDArray k_BTGK, NDArray v_BTGK) {
        if (cap != null) {
            return window == null
                    ? kernels.call("capped_attention", q_BTHK, k_BTGK, v_BTGK, cap)
                    : kernels.call("capped_windowed_attention", q_BTHK, k_BTGK, v_BTGK, cap, window);
        }
        return window != null && q_BTHK.getShape().get(1) > window.getShape().get(0)
                ? kernels.call("windowed_attention", q_BTHK, k_BTGK, v_BTGK, window)
                : kernels.call("attention", q_BTHK, k_BTGK, v_BTGK);
    }
}
