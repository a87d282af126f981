package io.logitstream.teacher.selection;

import io.logitstream.messages.ModelException;
import io.logitstream.schemas.logits.SparseLogits;

/** Detects NaN and infinite logits by the support and the statistics of a position. */
public final class FiniteLogitsCheck {
    private FiniteLogitsCheck() {}

    /**
     * Requires that a batch's logits were finite. Otherwise the teacher is broken and not the batch: the stream stops,
     * and can continue at the same batch with an intact teacher.
     *
     * @param logits selection of the batch's logits
     * @param context positions of a row
     * @param teacher name of the teacher, for the message
     * @throws ModelException with the first position whose logits are not finite
     */
    public static void require(SparseLogits logits, int context, String teacher) {
        for (int i = 0; i < logits.positions(); i++) {
            if (logits.offsets()[i + 1] <= logits.offsets()[i]
                    || !Float.isFinite(logits.logSumExp()[i])
                    || !Float.isFinite(logits.standardDeviation()[i])
                    || !Float.isFinite(logits.entropy()[i])) {
                throw notFinite(teacher, "in row " + i / context + " at position " + i % context + ", both from 0");
            }
        }
    }

    /** Error for logits that are not finite. */
    public static ModelException notFinite(String teacher, String where) {
        return new ModelException("teacher " + teacher + ": its logits are not finite " + where
                + "; its weights contain NaN, or its activations overflow, as half-precision models can: check the"
                + " weights, or convert them again");
    }
}
