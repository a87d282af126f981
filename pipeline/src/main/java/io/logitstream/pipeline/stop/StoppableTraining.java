package io.logitstream.pipeline.stop;

import io.logitstream.student.training.TrainingListener;

/** Ends a training when the command is to stop. */
public final class StoppableTraining implements TrainingListener {
    @Override
    public boolean stopRequested() {
        return StopSignal.requested();
    }
}
