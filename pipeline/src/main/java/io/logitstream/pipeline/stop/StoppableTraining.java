package io.logitstream.pipeline.stop;

import io.logitstream.student.training.TrainingListener;

/** Listener that ends a training, with a checkpoint, when a signal has asked the command to stop. */
public final class StoppableTraining implements TrainingListener {
    @Override
    public boolean stopRequested() {
        return StopSignal.requested();
    }
}
