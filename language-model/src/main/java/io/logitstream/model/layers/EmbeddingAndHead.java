package io.logitstream.model.layers;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import io.logitstream.model.config.Arithmetic;

/** The forward pass before the first layer and behind the last one. */
public final class EmbeddingAndHead {
    private final LayerOperations operations;
    private final NDArray embeddingFactor;
    private final NDArray logitsFactor;
    private final NDArray logitsCap;

    public EmbeddingAndHead(Arithmetic arithmetic, LayerOperations operations) {
        this.operations = operations;
        embeddingFactor = operations.factor(arithmetic.embeddingFactor());
        logitsFactor = operations.factor(1 / arithmetic.logitsDivisor());
        logitsCap = operations.bound(arithmetic.logitsCap());
    }

    /** Whether a training pass, which has no factor of embeddings, and the loss, which has no bound, compute this model. */
    public boolean isTrainable() {
        return embeddingFactor == null && logitsCap == null;
    }

    /** Embeddings times their factor. */
    public NDArray scaledEmbedding(NDArray embedding_BTD) {
        return embeddingFactor == null ? embedding_BTD : scaled(embedding_BTD, embeddingFactor);
    }

    /** The last norm, and the divisor of the logits, which commutes with the output head. */
    public NDArray finalNorm(NDArray x_BTD, NDArray weight_D) {
        NDArray hidden_BTD = operations.norm(x_BTD, weight_D);
        return logitsFactor == null ? hidden_BTD : scaled(hidden_BTD, logitsFactor);
    }

    /** Logits of hidden states. */
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
