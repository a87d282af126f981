package io.logitstream.model.layers;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.model.libtorch.TorchScript;

/**
 * Causal attention of positions that start at the beginning of the context, scaled by 1 / sqrt(A) (Vaswani et al.
 * 2017, section 3.2.1). It runs libtorch's fused kernels, except with a bound of the scores, which no fused kernel
 * has, and except for the {@link ShortAttention} of fused layers, whose memory grows with T * T. Memory of the others grows
 * with T.
 *
 * @param kernels kernels of the decoder
 * @param window tensor [window, 0] for a sliding window, or null for none; a kernel reads the window from the shape,
 *     which needs no synchronisation with the GPU
 * @param cap bound c of the scores, which become c * tanh(score / c) (Gemma 2, section 2), a scalar tensor; or null
 */
public record CausalAttention(TorchScript kernels, NDArray window, NDArray cap) {
    /** Attention after its forward pass, ready for its backward pass. */
    interface Recorded {
        /** Mixed values, [B, T, H * A]. */
        NDArray mixed_BTD();

        /**
         * Runs the backward pass. May be called once.
         *
         * @param gradient_BTD gradient with respect to the mixed values
         * @return gradients of queries, keys and values, with their shapes
         */
        NDList backward(NDArray gradient_BTD);
    }

    /**
     * Mixed values, by operations that autograd can record.
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
        return slides(q_BTHA)
                ? kernels.call("windowed_attention", q_BTHA, k_BTGA, v_BTGA, window)
                : kernels.call("attention", q_BTHA, k_BTGA, v_BTGA);
    }

    /**
     * Mixed values of a layer that records nothing: those of {@link #record}, bit for bit.
     *
     * @param heads queries, keys and values, as in {@link #of}
     * @return [B, T, H * A]
     */
    NDArray infer(NDList heads, DocumentGroups documents) {
        return isShort(heads)
                ? ShortAttention.infer(kernels, heads, documents)
                : of(heads.get(0), heads.get(1), heads.get(2), documents);
    }

    /**
     * Mixed values, and what their backward pass needs. The calling thread does not record.
     *
     * @param scope owner of all that is made
     * @param heads queries, keys and values, as in {@link #of}; owned by the result from now on, and perhaps closed
     */
    Recorded record(NDManager scope, NDList heads, DocumentGroups documents) {
        heads.attach(scope);
        return isShort(heads)
                ? ShortAttention.record(scope, kernels, heads, documents)
                : recordByAutograd(scope, heads, documents);
    }

    private boolean isShort(NDList heads) {
        return cap == null && !slides(heads.get(0)) && ShortAttention.fits(heads.get(0));
    }

    private boolean slides(NDArray q_BTHA) {
        return window != null && q_BTHA.getShape().get(1) > window.getShape().get(0);
    }

    // libtorch has a fused backward kernel for each device.
    private Recorded recordByAutograd(NDManager scope, NDList heads, DocumentGroups documents) {
        heads.forEach(input -> input.setRequiresGradient(true));
        Torch.recordGradients(true);
        NDArray mixed_BTD;
        try {
            mixed_BTD = of(heads.get(0), heads.get(1), heads.get(2), documents);
        } finally {
            Torch.recordGradients(false);
        }
        mixed_BTD.attach(scope);
        return new Recorded() {
            @Override
            public NDArray mixed_BTD() {
                return mixed_BTD;
            }

            @Override
            public NDList backward(NDArray gradient_BTD) {
                JniUtils.backward((PtNDArray) mixed_BTD, (PtNDArray) gradient_BTD, false, false);
                NDList gradients = new NDList();
                heads.forEach(input -> gradients.add(JniUtils.getGradient((PtNDArray) input)));
                gradients.attach(scope);
                return gradients;
            }
        };
    }
}
