package io.logitstream.student.training;

import io.logitstream.model.LanguageModel;
import io.logitstream.student.evaluation.HeldOutText;
import io.logitstream.student.input.BatchLag;
import io.logitstream.student.input.TrainingBatch;
import io.logitstream.student.loss.LossWeights;
import io.logitstream.student.metrics.MetricsLog;
import io.logitstream.student.metrics.StepMetrics;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Reports steps to the metrics log and the listener, in their order. A step whose result is not there yet is reported
 * when the next one has been queued, so that a GPU has work while the host waits for the result.
 */
final class StepReports implements AutoCloseable {
    /**
     * What is known of a step before it has been read.
     *
     * @param step number of the step
     * @param tokens predicted tokens up to its end
     * @param epoch epoch of its last batch
     * @param weights weights of the two loss terms
     * @param learningRate learning rate
     * @param batches its batches
     * @param queued the step
     */
    record Step(
            long step,
            long tokens,
            int epoch,
            LossWeights weights,
            double learningRate,
            List<TrainingBatch> batches,
            QueuedStep queued) {}

    private final TrainingJob job;
    private final TrainingChecks checks;
    private final long budget;
    private final LongSupplier lag;
    private final HeldOutText heldOut;
    private final MetricsLog log;
    private final TrainingListener listener;
    private Step waiting;

    /**
     * Reports of a run.
     *
     * @param budget predicted tokens of the whole run
     * @param lag gives the number of batches ahead in the topic
     * @param heldOut text for evaluations; null where there are none
     * @param log receives the metrics
     * @param listener hears of the steps
     */
    StepReports(
            TrainingJob job,
            long budget,
            LongSupplier lag,
            HeldOutText heldOut,
            MetricsLog log,
            TrainingListener listener) {
        this.job = job;
        this.checks = new TrainingChecks(job);
        this.budget = budget;
        this.lag = lag;
        this.heldOut = heldOut;
        this.log = log;
        this.listener = listener;
    }

    /** Adds a step, and reports the one before. */
    void add(Step step) {
        finish(null);
        waiting = step;
    }

    /**
     * Reports the last step, if it has not been reported.
     *
     * @param evaluated the model after this step, to be evaluated on the held-out text; null for no evaluation
     */
    void finish(LanguageModel evaluated) {
        if (waiting == null) {
            return;
        }
        Step step = waiting;
        waiting = null;
        StepResult result;
        try (QueuedStep queued = step.queued()) {
            result = queued.result();
        } catch (TrainingStep.NotFiniteException e) {
            throw checks.notFinite(step.step(), e);
        }
        if (result.skipped()) {
            checks.warnOfOutlier(step.step(), step.batches().get(0), result);
        }
        StepMetrics metrics = new StepMetrics(
                step.step(),
                step.tokens(),
                step.epoch(),
                step.weights().total(result.lm(), result.kd(), result.lmElsewhere()),
                result.lm(),
                result.kdOfRouted(),
                step.weights().kd(),
                job.loss().routing() == null ? null : result.routedShare(),
                step.learningRate(),
                result.gradientNorm(),
                result.skipped(),
                null);
        if (evaluated != null && heldOut.read(listener::onWaiting)) {
            metrics = metrics.withHeldOut(heldOut.evaluate(evaluated));
        }
        log.add(metrics);
        long tokensPerBatch = result.predicted() / step.batches().size();
        listener.onStep(metrics, BatchLag.within(lag.getAsLong(), budget - step.tokens(), tokensPerBatch));
    }

    @Override
    public void close() {
        if (waiting != null) {
            waiting.queued().close();
        }
    }
}
