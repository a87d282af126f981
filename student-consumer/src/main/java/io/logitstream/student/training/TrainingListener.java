package io.logitstream.student.training;

import io.logitstream.student.metrics.StepMetrics;

/** Watches a run. Called from the training thread, between steps. */
public interface TrainingListener {
    /**
     * The run starts or continues.
     *
     * @param tokens predicted tokens done by the checkpoint it continues from, 0 at the start
     * @param budget predicted tokens of the whole run
     * @param parameters trainable values of the model
     */
    default void onStart(long tokens, long budget, long parameters) {}

    /**
     * A step is done.
     *
     * @param metrics what it did
     * @param lag batches that wait in the topic, of those that the run still trains on
     */
    default void onStep(StepMetrics metrics, long lag) {}

    /** There is no record yet for the next step; called every fifth of a second. May throw to end the run. */
    default void onWaiting() {}

    /**
     * Whether the run is to stop: asked before each batch and while it waits. It then writes a checkpoint of its last step
     * and ends with {@link TrainingStoppedException}.
     */
    default boolean stopRequested() {
        return false;
    }

    /** A checkpoint has been written. */
    default void onCheckpoint(long step) {}
}
