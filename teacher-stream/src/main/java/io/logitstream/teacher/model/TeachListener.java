package io.logitstream.teacher.model;

import io.logitstream.schemas.Teacher;
import java.util.function.IntSupplier;

/** Receives the progress of a teacher. Called from the stream's threads. */
@FunctionalInterface
public interface TeachListener {
    /**
     * Called after a batch with its logits was handed to the producer.
     *
     * @param tokens predicted tokens of the batch
     * @param kept kept entries of all positions
     * @param bytes size of the record's value in bytes
     */
    void onBatch(int tokens, int kept, int bytes);

    /**
     * Called after a batch, if the teacher gives the log-probabilities of the text's own tokens.
     *
     * @param tokens predicted tokens of the batch
     * @param nats negative log-likelihood of these tokens, summed over them
     */
    default void onTextLoss(int tokens, double nats) {}

    /**
     * Called when a batch begins to be scored, also if its result is not used later.
     *
     * @param tokens predicted tokens of the batch
     * @return receives its progress
     */
    default PassListener onPass(int tokens) {
        return PassListener.NONE;
    }

    /**
     * Called before the first batch, if batches are scored ahead of the stream.
     *
     * @param inFlight number of batches that are being scored at the time of the call
     */
    default void onLookAhead(IntSupplier inFlight) {}

    /**
     * Called after the teacher was replaced; each thread uses the new one from its next record on. Not called for the
     * first teacher.
     *
     * @param teacher the new teacher
     */
    default void onTeacher(Teacher teacher) {}
}
