package io.logitstream.student.training;

import io.logitstream.student.metrics.StepMetrics;

/** Receives the progress of a run. All methods are called from the training thread. */
public interface TrainingListener {
    /**
     * Called when the run starts or continues.
     *
     * @param tokens predicted tokens of the checkpoint that the run continues from; 0 for a new run
     * @param budget predicted tokens of the whole run
     * @param parameters number of trainable values of the model
     */
    default void onStart(long tokens, long budget, long parameters) {}

    /**
     * Called after each step.
     *
     * @param metrics metrics of the step
     * @param lag batches in the topic that the run still trains on
     */
    default void onStep(StepMetrics metrics, long lag) {}

    /** Called every 0.2 s while the topic has no record for the next step. May throw to end the run. */
    default void onWaiting() {}

    /**
     * Whether the run is to stop; asked before each batch and while the run waits. The run then writes a checkpoint of
     * its last step and ends with {@link TrainingStoppedException}.
     */
    default boolean stopRequested() {
        return false;
    }

    /** Called after each checkpoint. */
    default void onCheckpoint(long step) {}
}
