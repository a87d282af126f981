package io.logitstream.student.training;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.databind.JsonNode;
import io.logitstream.schemas.TokenBatch;

/**
 * Receives the logits of a training's own forward passes, before the update of each step: the model in training then
 * acts as a teacher (online logits, {@code pretrain --emit-logits}). All methods are called from the training thread.
 *
 * <p>A training that continues from a checkpoint repeats the steps since then, with the same logits. The emitter has to
 * recognise the steps that it has emitted before.
 */
public interface LogitsEmitter extends AutoCloseable {
    /** Opens the emitter of a training run. */
    @FunctionalInterface
    interface Factory {
        /**
         * @param settings all settings of the run that influence its weights
         * @param step step of the checkpoint that the run continues from; 0 for a new run
         */
        LogitsEmitter open(JsonNode settings, long step);
    }

    /**
     * Begins a batch's forward pass.
     *
     * @param batch the batch as read from the tokens topic
     * @param partition partition of the tokens topic that the batch was read from
     * @param step number of the training step that contains the batch, from 1
     */
    void begin(TokenBatch batch, int partition, long step);

    /**
     * Takes the logits of the batch's next positions.
     *
     * @param logits_CV float32 [C, V]; the caller overwrites them after this method returns
     */
    void add(NDArray logits_CV);

    /** Ends a step: all of its batches have been added, and its update follows. */
    void endStep();

    /**
     * Makes all emitted logits durable and visible to readers. Called before each checkpoint and while the training
     * waits.
     */
    void commit();

    /**
     * Ends the training.
     *
     * @param batches number of batches that the model was trained on
     * @param predictedTokens number of predicted tokens in these batches
     */
    void finish(long batches, long predictedTokens);

    @Override
    void close();
}
