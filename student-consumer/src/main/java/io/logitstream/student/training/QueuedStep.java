package io.logitstream.student.training;

import ai.djl.ndarray.NDManager;
import io.logitstream.model.libtorch.HostTransfer;

/** A step whose operations have been queued. Its losses and the norm of its gradient are read when they are asked for. */
final class QueuedStep implements AutoCloseable {
    private final NDManager scope;
    private final StepLosses losses;
    private final HostTransfer.Late values;
    private final int predicted;
    private StepResult result;

    private QueuedStep(NDManager scope, StepLosses losses, HostTransfer.Late values, int predicted, StepResult result) {
        this.scope = scope;
        this.losses = losses;
        this.values = values;
        this.predicted = predicted;
        this.result = result;
    }

    /** A step that has been read. */
    static QueuedStep of(StepResult result) {
        return new QueuedStep(null, null, null, result.predicted(), result);
    }

    /**
     * A step that is read later.
     *
     * @param scope owner of the values, which is closed with the step
     * @param losses losses of its batches
     * @param values copy of the losses and, after them, the norm of the gradient
     */
    static QueuedStep late(NDManager scope, StepLosses losses, HostTransfer.Late values) {
        return new QueuedStep(scope, losses, values, losses.predicted(), null);
    }

    /** Number of predicted tokens. */
    int predicted() {
        return predicted;
    }

    /** Whether the result is there. */
    boolean isRead() {
        return result != null;
    }

    /**
     * The result of the step. Waits for the step, and not for those after it.
     *
     * @throws TrainingStep.NotFiniteException naming the batch, if the loss or the gradient is not finite; neither this
     *     step nor a later one has then changed a weight
     */
    StepResult result() {
        if (result == null) {
            double[] copy = values.read();
            double norm = copy[losses.take(copy)];
            losses.requireFinite(norm);
            result = losses.result(norm, false);
        }
        return result;
    }

    @Override
    public void close() {
        if (scope != null) {
            scope.close();
        }
    }
}
