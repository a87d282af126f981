package io.logitstream.teacher.selection;

import io.logitstream.messages.ModelException;
import io.logitstream.schemas.logits.SparseLogits;

/** Finds logits that are NaN or infinite by what they do to a position's support and statistics. */
public final class FiniteLogitsCheck {
    private FiniteLogitsCheck() {}

    /**
     * Requires that a batch's logits were finite. It says nothing about the batch: the stream is to stop, and to go on with
     * the same batch and a teacher that is whole.
     *
     * @param logits what was selected of them
     * @param context positions of a row
     * @param teacher name of the teacher, for the message
     * @throws ModelException naming the first position where they were not
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

    /** The error for logits that are not finite somewhere. */
    public static ModelException notFinite(String teacher, String where) {
        return new ModelException(
                "teacher " + teacher + ": its logits are not finite " + where
                        + "; its weights hold NaN, or overflow as those of half precision may: check them, or convert them again");
    }
}
