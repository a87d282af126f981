package io.logitstream.student.training;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.databind.JsonNode;
import io.logitstream.schemas.TokenBatch;

/**
 * Takes the logits that a training computes anyway, before the update that they lead to: the model is then a teacher
 * that learns (paper: online logits). Called from the training thread. The training tells the recorder where it stands,
 * and a training that continues from a checkpoint does its last steps again in the same way; what is already recorded
 * of them is the recorder's to know.
 */
public interface LogitsRecorder extends AutoCloseable {
    /** Opens the recorder of a run. */
    @FunctionalInterface
    interface Factory {
        /**
         * @param settings all settings of the run that have an influence on its weights
         * @param step steps done at the checkpoint that the run continues from, 0 at the start
         */
        LogitsRecorder open(JsonNode settings, long step);
    }

    /**
     * A batch's forward pass begins.
     *
     * @param batch the batch as it stands in its topic
     * @param partition its partition
     * @param step number of the step that it is part of, from 1
     */
    void begin(TokenBatch batch, int partition, long step);

    /**
     * Logits of the batch's next positions.
     *
     * @param logits_CV float32 [C, V], overwritten when this returns
     */
    void add(NDArray logits_CV);

    /** All batches of the step have been through, and its update follows. */
    void endStep();

    /** Makes what is recorded visible and durable: before a checkpoint, and while there is nothing to train on. */
    void commit();

    /**
     * The training is at its end.
     *
     * @param batches batches it has seen
     * @param predictedTokens predicted tokens of them
     */
    void finish(long batches, long predictedTokens);

    @Override
    void close();
}
