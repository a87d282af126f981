package io.logitstream.model.layers;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import io.logitstream.model.config.Arithmetic;
import io.logitstream.model.libtorch.Precision;

/**
 * The parts of the forward pass before the first layer and after the last one: embedding factor, final norm, logits.
 */
public final class EmbeddingAndHead {
    private final LayerOperations operations;
    private final Precision held;
    private final NDArray embeddingFactor;
    private final NDArray logitsFactor;
    private final NDArray logitsCap;

    /**
     * The parts of a model.
     *
     * @param arithmetic factors and bounds of its family
     * @param operations norms and products in float32
     * @param held type in which embedding and output head are held; results are float32 in both
     */
    public EmbeddingAndHead(Arithmetic arithmetic, LayerOperations operations, Precision held) {
        this.operations = operations;
        this.held = held;
        embeddingFactor = operations.factor(arithmetic.embeddingFactor());
        logitsFactor = operations.factor(1 / arithmetic.logitsDivisor());
        logitsCap = operations.bound(arithmetic.logitsCap());
    }

    /** Embeddings [B, T, D] of ids times their factor, float32. */
    public NDArray embedding(NDArray ids_BT, NDArray weight_VD) {
        NDArray embedding_BTD = held == Precision.FLOAT32
                ? JniUtils.embedding((PtNDArray) ids_BT, (PtNDArray) weight_VD, false)
                : operations.kernels().call("embedding_of_bfloat16", ids_BT, weight_VD);
        return embeddingFactor == null ? embedding_BTD : scaled(embedding_BTD, embeddingFactor);
    }

    /** The first rows of the embedding or the output head, a view that belongs to a scope. */
    public NDArray firstRows(NDManager scope, NDArray weight_VD, int rows) {
        if (held == Precision.BFLOAT16) {
            return operations
                    .kernels()
                    .run(scope, "rows_of_bfloat16", weight_VD, 0L, (long) rows)
                    .get(0);
        }
        NDArray first = weight_VD.get("0:" + rows);
        first.attach(scope);
        return first;
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

    /** {@link #finalNorm} as a segment of a training pass. */
    public TrainingSegment finalNormSegment(NDArray weight_D) {
        return logitsFactor == null && !operations.normsAddOne()
                ? new FinalNormSegment(operations, weight_D)
                : new AutogradSegment(x_BTD -> finalNorm(x_BTD, weight_D));
    }

    /**
     * Logits of hidden states.
     *
     * @param hidden [..., D]
     * @param weight_VD output head
     * @return [..., V]
     */
    public NDArray logits(NDArray hidden, NDArray weight_VD) {
        NDArray logits = held == Precision.FLOAT32
                ? JniUtils.linear((PtNDArray) hidden, (PtNDArray) weight_VD, null)
                : operations.kernels().call("logits_of_bfloat16", hidden, weight_VD);
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
