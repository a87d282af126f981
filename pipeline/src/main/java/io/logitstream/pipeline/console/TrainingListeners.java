package io.logitstream.pipeline.console;

import io.logitstream.student.metrics.StepMetrics;
import io.logitstream.student.training.TrainingListener;
import java.util.List;

/** Several training listeners as one. If a listener throws, those after it are not called for that event. */
public final class TrainingListeners implements TrainingListener {
    private final List<TrainingListener> listeners;

    public TrainingListeners(TrainingListener... listeners) {
        this.listeners = List.of(listeners);
    }

    @Override
    public void onStart(long tokens, long budget, long parameters) {
        listeners.forEach(listener -> listener.onStart(tokens, budget, parameters));
    }

    @Override
    public void onStep(StepMetrics metrics, long lag) {
        listeners.forEach(listener -> listener.onStep(metrics, lag));
    }

    @Override
    public void onWaiting() {
        listeners.forEach(TrainingListener::onWaiting);
    }

    @Override
    public boolean stopRequested() {
        return listeners.stream().anyMatch(TrainingListener::stopRequested);
    }

    @Override
    public void onCheckpoint(long step) {
        listeners.forEach(listener -> listener.onCheckpoint(step));
    }
}
