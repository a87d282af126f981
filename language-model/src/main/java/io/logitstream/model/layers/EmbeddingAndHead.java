package io.logitstream.model.layers;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import io.logitstream.model.config.Arithmetic;

/**
 * The parts of the forward pass before the first layer and after the last one: embedding factor, final norm, logits.
 */
public final class EmbeddingAndHead {
    private final LayerOperations operations;
    private final NDArray embeddingFactor;
    private final NDArray logitsFactor;
    private final NDArray logitsCap;

    /**
     * The parts of a model.
     *
     * @param arithmetic factors and bounds of its family
     * @param operations norms and products in float32
     */
    public EmbeddingAndHead(Arithmetic arithmetic, LayerOperations operations) {
        this.operations = operations;
        embeddingFactor = operations.factor(arithmetic.embeddingFactor());
        logitsFactor = operations.factor(1 / arithmetic.logitsDivisor());
        logitsCap = operations.bound(arithmetic.logitsCap());
    }

    /** Embeddings [B, T, D] times their factor. Closes its input if there is one. */
    public NDArray scaledEmbedding(NDArray embedding_BTD) {
        return embeddingFactor == null ? embedding_BTD : scaled(embedding_BTD, embeddingFactor);
    }

    /**
     * The final norm and the divisor of the logits, which is applied here because it commutes with the output head.
     *
     * @param x_BTD residual stream after the last layer
     * @param weight_D weight of the norm
     * @return hidden states [B, T, D]
     */
    public NDArray finalNorm(NDArray x_BTD, NDArray weight_D) {
        NDArray hidden_BTD = operations.norm(x_BTD, weight_D);
        return logitsFactor == null ? hidden_BTD : scaled(hidden_BTD, logitsFactor);
    }

    /**
     * Logits of hidden states.
     *
     * @param hidden [..., D]
     * @param weight_VD output head
     * @return [..., V]
     */
    public NDArray logits(NDArray hidden, NDArray weight_VD) {
        NDArray logits = JniUtils.linear((PtNDArray) hidden, (PtNDArray) weight_VD, null);
        if (logitsCap == null) {
            return logits;
        }
        return operations.kernels().call("capped_", logits, logitsCap);
    }

    private NDArray scaled(NDArray x, NDArray factor) {
        try (x) {
            return operations.kernels().call("scaled", x, factor);
        }
    }
}
