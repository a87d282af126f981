package io.logitstream.student.training;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.huggingface.WeightShapes;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.model.optimizer.AdamW;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.student.checkpoint.Checkpoints;
import io.logitstream.student.checkpoint.ModelExport;
import io.logitstream.student.checkpoint.ModelExports;
import io.logitstream.student.checkpoint.OutlierStatistics;
import io.logitstream.student.checkpoint.TrainingState;
import io.logitstream.student.config.TrainingConfig;
import io.logitstream.student.input.BatchFeed;
import io.logitstream.student.input.TrainingBatch;
import io.logitstream.student.loss.LossWeights;
import io.logitstream.student.metrics.MetricsLog;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The training loop. The same topic, settings and seed give the same weights, bit for bit on a CPU, also when the run
 * is killed and continued: all state is in the checkpoint, and nothing depends on time.
 */
public final class Trainer {
    private final TrainingJob job;
    private final TrainingConfig training;
    private final TrainingListener listener;
    private final TrainingChecks checks;
    private final TrainingInputs inputs;
    private final ResumePoint start;
    private final BatchFeed feed;
    private final Checkpoints checkpoints;
    private final ModelExports exports;
    /** State after the last complete step; null before the first. */
    private TrainingState reached;
    /** Step of the last checkpoint. */
    private long savedStep;

    private Trainer(TrainingJob job, TrainingListener listener, TrainingInputs inputs) {
        this.job = job;
        this.training = job.training();
        this.listener = listener;
        this.checks = new TrainingChecks(job);
        this.inputs = inputs;
        this.start = inputs.start();
        this.feed = inputs.feed();
        this.checkpoints = job.checkpoints();
        this.exports = new ModelExports(job.folder().exports(), training.keepExports(), job.exportType());
        this.reached = start.state();
        this.savedStep = start.step();
    }

    /**
     * Trains a student, or continues from the last checkpoint in its folder. A finished student is left as it is.
     *
     * @param kafka cluster and registry
     * @param job the training
     * @param listener hears of the progress
     * @return the state at the end
     * @throws LogitstreamException when a record cannot be used or the loss is not finite; the last checkpoint stays
     * @throws TrainingStoppedException when the listener has requested a stop
     */
    public static TrainingSummary train(KafkaSettings kafka, TrainingJob job, TrainingListener listener) {
        return train(kafka, job, listener, null);
    }

    /**
     * As {@link #train(KafkaSettings, TrainingJob, TrainingListener)}, and emits the logits of the student in training.
     *
     * @param emitters opens the emitter; null for none
     * @throws UsageException when the settings give batches more than once or not in the order of the topic
     */
    public static TrainingSummary train(
            KafkaSettings kafka, TrainingJob job, TrainingListener listener, LogitsEmitter.Factory emitters) {
        try (TrainingInputs inputs = TrainingInputs.open(kafka, job, emitters)) {
            ResumePoint start = inputs.start();
            if (start.isFinished()) {
                inputs.emitter().finish(start.batches(), start.tokens());
                return TrainingSummary.of(start.state());
            }
            return new Trainer(job, listener, inputs).run();
        }
    }

    private TrainingSummary run() {
        if (inputs.heldOut() != null) {
            // Read before the first step, so that an unusable topic fails now and not at the first evaluation.
            inputs.heldOut().read(this::whileWaiting);
        }
        List<TrainingBatch> first = nextBatches(() -> {});
        checks.requireBatches(first, start);
        checks.warnOfSlowPrecision();
        int contextLength = start.contextLength(first);
        Torch.recordGradients(true);
        try (LanguageModel model = start.model(job, contextLength);
                AdamW optimizer = new AdamW(model, training.optimizer());
                TrainingStep step = new TrainingStep(
                        model,
                        optimizer,
                        job.loss(),
                        new OutlierGuard(training.outlierDeviations(), start.outliers()),
                        training.recompute(),
                        training.precision(),
                        inputs.emitter(),
                        job.tokenizer().vocabularySize());
                MetricsLog log = new MetricsLog(job.folder().metrics(), start.step());
                StepReports reports =
                        new StepReports(job, start.budget(), feed::lag, inputs.heldOut(), log, listener)) {
            start.restore(optimizer);
            listener.onStart(start.tokens(), start.budget(), WeightShapes.parameters(model.config()));
            try {
                trainToTheEnd(first, contextLength, model, optimizer, step, log, reports);
            } catch (TrainingStoppedException e) {
                reports.finish(null);
                if (e.step() > savedStep) {
                    save(model, optimizer, log, reached);
                }
                throw e;
            }
            return finish(model, optimizer, log);
        } finally {
            Torch.recordGradients(false);
        }
    }

    private void trainToTheEnd(
            List<TrainingBatch> first,
            int contextLength,
            LanguageModel model,
            AdamW optimizer,
            TrainingStep trainingStep,
            MetricsLog log,
            StepReports reports) {
        List<TrainingBatch> batches = first;
        long step = start.step();
        long tokens = start.tokens();
        long lastCheckpoint = System.nanoTime();
        while (tokens < start.budget() && !batches.isEmpty()) {
            step++;

            // Learning rate and alpha depend on the share of the token budget that is done before the step.
            double progress = (double) tokens / start.budget();
            double learningRate = training.learningRateAt(progress);
            LossWeights weights = LossWeights.of(job.loss().alphaAt(progress));

            // Forward and backward pass of each batch, gradient clipping, AdamW.
            QueuedStep queued = queue(trainingStep, step, batches, weights, learningRate);
            tokens += queued.predicted();
            reports.add(new StepReports.Step(
                    step, tokens, feed.position().epoch(), weights, learningRate, batches, queued));

            // Metrics now or after the next step, with an evaluation on the held-out text where one is due.
            boolean evaluate = inputs.heldOut() != null && isDue(training.evaluateSteps(), step, tokens);
            boolean export = isDue(training.exportSteps(), step, tokens);
            boolean checkpoint = step % training.checkpointSteps() == 0 || isCheckpointDue(lastCheckpoint);
            if (queued.isRead() || evaluate || export || checkpoint) {
                reports.finish(evaluate ? model : null);
            }
            feed.release(batches);

            // Export and checkpoint.
            reached = state(step, optimizer.steps(), tokens, contextLength, trainingStep.outliers(), false);
            if (export) {
                exports.write(model, job.tokenizer(), step);
            }
            if (checkpoint) {
                save(model, optimizer, log, reached);
                lastCheckpoint = System.nanoTime();
            }

            batches = tokens < start.budget() ? nextBatches(() -> reports.finish(null)) : List.of();
        }
        reports.finish(null);
    }

    /** Batches of the next step: fewer than configured where an epoch or the corpus ends, none after the last epoch. */
    private List<TrainingBatch> nextBatches(Runnable whileWaiting) {
        requireNotStopped();
        List<TrainingBatch> batches = feed.next(training.batchesPerStep(), () -> {
            whileWaiting.run();
            whileWaitingForBatches();
        });
        batches.forEach(checks::requireUsable);
        return batches;
    }

    private QueuedStep queue(
            TrainingStep trainingStep,
            long step,
            List<TrainingBatch> batches,
            LossWeights weights,
            double learningRate) {
        try {
            return trainingStep.queue(batches, weights, learningRate, this::requireNotStopped);
        } catch (TrainingStep.NotFiniteException e) {
            throw checks.notFinite(step, e);
        }
    }

    private TrainingSummary finish(LanguageModel model, AdamW optimizer, MetricsLog log) {
        TrainingState end = state(
                reached.step(), reached.updates(), reached.tokens(), reached.contextLength(), reached.outliers(), true);
        inputs.emitter().finish(end.reader().batches(), end.tokens());
        checks.warnOfUnknownCorpora(feed.position());
        log.flush();
        ModelExport.write(model, job.tokenizer(), job.out(), job.exportType());
        save(model, optimizer, log, end);
        return TrainingSummary.of(end);
    }

    private TrainingState state(
            long step, long updates, long tokens, int contextLength, OutlierStatistics outliers, boolean finished) {
        return new TrainingState(
                start.settings(),
                step,
                updates,
                tokens,
                start.budget(),
                contextLength,
                feed.position(),
                outliers,
                start.corpora(),
                finished);
    }

    /** Writes a checkpoint; all that it counts as done must be durable before it is. */
    private void save(LanguageModel model, AdamW optimizer, MetricsLog log, TrainingState state) {
        log.flush();
        inputs.emitter().commit();
        checkpoints.save(model, optimizer, job.tokenizer(), state);
        savedStep = state.step();
        feed.commitForLagTools(state.reader());
        listener.onCheckpoint(state.step());
    }

    /**
     * Whether something is due after a step: at every multiple of {@code everySteps}, and when the budget is used up.
     */
    private boolean isDue(Integer everySteps, long step, long tokens) {
        return everySteps != null && (step % everySteps == 0 || tokens >= start.budget());
    }

    private boolean isCheckpointDue(long lastCheckpoint) {
        Double minutes = training.checkpointMinutes();
        return minutes != null && System.nanoTime() - lastCheckpoint >= minutes * TimeUnit.MINUTES.toNanos(1);
    }

    private void whileWaitingForBatches() {
        // The emitted logits become visible while the training has nothing to do.
        inputs.emitter().commit();
        whileWaiting();
    }

    private void whileWaiting() {
        requireNotStopped();
        listener.onWaiting();
    }

    private void requireNotStopped() {
        if (listener.stopRequested()) {
            throw new TrainingStoppedException(reached == null ? 0 : reached.step());
        }
    }
}
