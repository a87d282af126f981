package io.logitstream.student.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;

/**
 * A batch on the device: hidden states and targets, one row per position. All are owned by the scope of the hidden
 * states.
 *
 * @param hidden_ND float32 hidden states after the last norm
 * @param target_N1 int64 ids of the next tokens of the text
 * @param support_NK int32 ids of the teacher's kept tokens; K is 0 without a teacher
 * @param logProb_NK float32 log-probabilities of the kept tokens at temperature 1, minus infinity in padding
 * @param position_N4 float32 temperature, KD weight, tail mass and teacher's log-sum-exp of each position
 * @param routed_N1 float32 1 where the distillation loss applies and 0 elsewhere; [N, 0] where it applies everywhere
 * @param routed number of positions where the distillation loss applies
 */
record BatchTensors(
        NDArray hidden_ND,
        NDArray target_N1,
        NDArray support_NK,
        NDArray logProb_NK,
        NDArray position_N4,
        NDArray routed_N1,
        int routed) {
    /**
     * The same of some positions; the arrays are views.
     *
     * @param hidden_CD hidden states
     * @param target_C1 next tokens of the text
     * @param support_CK kept tokens
     * @param logProb_CK their log-probabilities
     * @param position_C4 values of the positions
     * @param routed_C1 where the distillation loss applies
     */
    record Chunk(
            NDArray hidden_CD,
            NDArray target_C1,
            NDArray support_CK,
            NDArray logProb_CK,
            NDArray position_C4,
            NDArray routed_C1) {}

    /** Number of positions N. */
    long positions() {
        return hidden_ND.getShape().get(0);
    }

    /** Width K of the supports. */
    long supportWidth() {
        return support_NK.getShape().get(1);
    }

    /**
     * A chunk of positions.
     *
     * @param scope owner of the views
     * @param range positions as {@code begin:end}
     */
    Chunk chunk(NDManager scope, String range) {
        return new Chunk(
                hidden_ND.get(scope, new NDIndex(range)),
                target_N1.get(scope, new NDIndex(range)),
                support_NK.get(scope, new NDIndex(range)),
                logProb_NK.get(scope, new NDIndex(range)),
                position_N4.get(scope, new NDIndex(range)),
                routed_N1.get(scope, new NDIndex(range)));
    }
}
