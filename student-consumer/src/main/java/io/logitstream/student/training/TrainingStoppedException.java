package io.logitstream.student.training;

/** A run has ended at the request of its listener; it continues from the checkpoint of the step that it had reached. */
public final class TrainingStoppedException extends RuntimeException {
    private final long step;

    TrainingStoppedException(long step) {
        super("stopped at step " + step, null, false, false);
        this.step = step;
    }

    /** Steps done; 0 when there is no checkpoint yet. */
    public long step() {
        return step;
    }
}
