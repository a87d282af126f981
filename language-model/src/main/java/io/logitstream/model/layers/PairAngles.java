package io.logitstream.model.layers;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.logitstream.model.libtorch.TorchScript;

/**
 * The angles of a pass as fused layers take them: the cosine and the sine of each angle, [T, H, R, 2] for R = A / 2
 * pairs of values of a head. H is 1 where all heads share them, and with documents they are [B, T, 1, R, 2].
 *
 * @param forward_THR2 turn queries and keys
 * @param back_THR2 turn their gradients back; null in inference
 * @param documents the documents, if rows hold several; null where a row is one text
 */
record PairAngles(NDArray forward_THR2, NDArray back_THR2, DocumentGroups documents) {
    /**
     * Angles of a pass without a backward pass.
     *
     * @param scope owner of the tensors; open until the pass is done
     * @param kernels kernels of the decoder
     * @param positions cosines and sines of the positions
     * @param rows B, rows of the pass
     * @param heads query heads
     */
    static PairAngles forInference(
            NDManager scope, TorchScript kernels, RotaryEmbedding.Table positions, long rows, long heads) {
        // Those of one row, or of documents, would be as large for all heads as the queries themselves.
        boolean shared = rows > 1 && positions.documents() == null;
        NDArray angles_THR2 = kernels.run(
                        scope, "pair_angles", positions.cos_T1R(), positions.sin_T1R(), shared ? heads : 1L)
                .get(0);
        return new PairAngles(angles_THR2, null, positions.documents());
    }

    /** The same angles for a pass whose backward pass ends before the scope is closed. */
    PairAngles forTraining(NDManager scope, TorchScript kernels) {
        NDArray back_THR2 = kernels.run(scope, "opposite", forward_THR2).get(0);
        return new PairAngles(forward_THR2, back_THR2, documents);
    }
}
