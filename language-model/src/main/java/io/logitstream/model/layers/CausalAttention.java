package io.logitstream.model.layers;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import io.logitstream.model.libtorch.TorchScript;

/**
 * Causal attention of positions that start at the beginning of the context, scaled by 1 / sqrt(A) (Vaswani et al.
 * 2017, section 3.2.1). It runs libtorch's fused kernels, except with a bound of the scores, which no fused kernel
 * has. Memory grows with T: no kernel holds T * T values.
 *
 * @param kernels kernels of the decoder
 * @param window tensor [window, 0] for a sliding window, or null for none; a kernel reads the window from the shape,
 *     which needs no synchronisation with the GPU
 * @param cap bound c of the scores, which become c * tanh(score / c) (Gemma 2, section 2), a scalar tensor; or null
 */
public record CausalAttention(TorchScript kernels, NDArray window, NDArray cap) {
    /**
     * Mixed values.
     *
     * @param q_BTHA queries, rotated
     * @param k_BTGA keys, rotated; each of the G heads serves H / G query heads (Ainslie et al. 2023)
     * @param v_BTGA values
     * @param documents documents of the rows, each of which sees itself alone; null where a row is one text
     * @return [B, T, H * A]
     */
    NDArray of(NDArray q_BTHA, NDArray k_BTGA, NDArray v_BTGA, DocumentGroups documents) {
        if (documents != null) {
            NDList inputs = new NDList(q_BTHA, k_BTGA, v_BTGA);
            inputs.addAll(documents.inputs(this));
            return kernels.call("isolated_attention", inputs.toArray(NDArray[]::new));
        }
        if (cap != null) {
            return window == null
                    ? kernels.call("capped_attention", q_BTHA, k_BTGA, v_BTGA, cap)
                    : kernels.call("capped_windowed_attention", q_BTHA, k_BTGA, v_BTGA, cap, window);
        }
        return window != null && q_BTHA.getShape().get(1) > window.getShape().get(0)
                ? kernels.call("windowed_attention", q_BTHA, k_BTGA, v_BTGA, window)
                : kernels.call("attention", q_BTHA, k_BTGA, v_BTGA);
    }
}
