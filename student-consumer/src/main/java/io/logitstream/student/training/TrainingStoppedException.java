package io.logitstream.student.training;

import io.logitstream.messages.LogitstreamException;

/** A run has ended at the request of its listener; it continues from the checkpoint of the step that it had reached. */
public final class TrainingStoppedException extends LogitstreamException {
    private final long step;

    TrainingStoppedException(long step) {
        super("stopped at step " + step, false);
        this.step = step;
    }

    /** Steps done; 0 when there is no checkpoint yet. */
    public long step() {
        return step;
    }
}
