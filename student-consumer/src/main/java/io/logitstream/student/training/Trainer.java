package io.logitstream.student.training;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.huggingface.WeightShapes;
import io.logitstream.model.libtorch.Precision;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.model.optimizer.AdamW;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.RegistryClients;
import io.logitstream.student.checkpoint.Checkpoints;
import io.logitstream.student.checkpoint.ModelExport;
import io.logitstream.student.checkpoint.ModelExports;
import io.logitstream.student.checkpoint.TrainingState;
import io.logitstream.student.config.TrainingConfig;
import io.logitstream.student.evaluation.HeldOutText;
import io.logitstream.student.input.BatchFeed;
import io.logitstream.student.input.BatchLag;
import io.logitstream.student.input.CorpusWeights;
import io.logitstream.student.input.RecordDecoder;
import io.logitstream.student.input.TeacherChoice;
import io.logitstream.student.input.TopicReader;
import io.logitstream.student.input.TrainingBatch;
import io.logitstream.student.metrics.MetricsLog;
import io.logitstream.student.metrics.StepMetrics;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The training loop. The same topic, settings and seed give the same weights, bit for bit on a CPU, also when the run
 * is killed and continued: all state is in the checkpoint, and nothing depends on time.
 */
public final class Trainer {
    private static final Logger LOG = LoggerFactory.getLogger(Trainer.class);

    private final TrainingJob job;
    private final TrainingListener listener;
    private final RunStart start;
    private final BatchFeed feed;
    private final Checkpoints checkpoints;
    private final LogitsEmitter emitter;
    private final HeldOutText heldOut;
    private final ModelExports exports;
    /** The last step that is done, and the last that is in a checkpoint. */
    private TrainingState reached;

    private long saved;

    private Trainer(
            TrainingJob job,
            TrainingListener listener,
            RunStart start,
            BatchFeed feed,
            LogitsEmitter emitter,
            HeldOutText heldOut) {
        this.heldOut = heldOut;
        this.exports = new ModelExports(job.folder().exports(), job.training().keepExports(), job.exportType());
        this.emitter = emitter;
        this.job = job;
        this.listener = listener;
        this.start = start;
        this.feed = feed;
        this.checkpoints = job.checkpoints();
        this.reached = start.state();
        this.saved = start.step();
    }

    /**
     * Trains a student, or continues where its folder's last checkpoint stands; a finished one is left as it is.
     *
     * @param kafka cluster and registry
     * @param job what to train
     * @param listener watches
     * @return the state at the end
     * @throws LogitstreamException when a record cannot be used or the loss is not finite; the last checkpoint stays
     * @throws TrainingStoppedException when the listener has asked to stop
     */
    public static TrainingSummary train(KafkaSettings kafka, TrainingJob job, TrainingListener listener) {
        return train(kafka, job, listener, null);
    }

    /**
     * As {@link #train(KafkaSettings, TrainingJob, TrainingListener)}, with an emitter of the training's own logits.
     *
     * @param emitters opens the emitter; null to emit nothing
     * @throws UsageException when batches would come more than once, or in another order than the topic's
     */
    public static TrainingSummary train(
            KafkaSettings kafka, TrainingJob job, TrainingListener listener, LogitsEmitter.Factory emitters) {
        if (emitters != null && (job.training().epochs() > 1 || job.training().shuffleWindow() > 1)) {
            throw new UsageException("training.epochs is " + job.training().epochs() + " and training.shuffleWindow "
                    + job.training().shuffleWindow()
                    + ", but logits are recorded once and in the order of the corpus: both must be 1");
        }
        if (emitters != null && job.training().corpora() != null) {
            throw new UsageException("training.corpora is " + job.training().corpora()
                    + ", but logits are recorded of every batch once: leave it out");
        }
        try (SchemaRegistryClient registry = RegistryClients.create(kafka)) {
            RunStart start = RunStart.of(kafka, registry, job);
            try (LogitsEmitter emitter = emitters == null ? null : emitters.open(start.settings(), start.step())) {
                return train(kafka, job, listener, start, registry, emitter);
            }
        } catch (IOException e) {
            throw new LogitstreamException("schema registry client cannot be closed: " + FailureText.of(e), e);
        }
    }

    private static TrainingSummary train(
            KafkaSettings kafka,
            TrainingJob job,
            TrainingListener listener,
            RunStart start,
            SchemaRegistryClient registry,
            LogitsEmitter emitter) {
        if (start.finished()) {
            if (emitter != null) {
                emitter.finish(start.state().reader().batches(), start.state().tokens());
            }
            return TrainingSummary.of(start.state());
        }
        RecordDecoder decoder = new RecordDecoder(
                registry,
                job.tokenizer().hash(),
                job.tokenizer().vocabularySize(),
                job.training().teacherSteps(),
                job.loss().truncation(),
                teachers(job));
        HeldOutText heldOut = job.heldOut() == null || job.training().evaluateSteps() == null
                ? null
                : new HeldOutText(kafka, registry, job.heldOut(), job.tokenizer());
        try (BatchFeed feed = new BatchFeed(
                new TopicReader(kafka, job.topic(), job.group(), decoder, CorpusWeights.of(job.training())),
                job.training(),
                start.state() == null ? null : start.state().reader())) {
            return new Trainer(job, listener, start, feed, emitter, heldOut).run();
        }
    }

    // Who trains on the text alone may read any teacher's topic.
    private static TeacherChoice teachers(TrainingJob job) {
        boolean textAlone = job.loss().alpha() == 0 && job.training().teachers() == null;
        return new TeacherChoice(
                textAlone ? List.of(TrainingConfig.ANY_TEACHER) : job.training().teachers());
    }

    private TrainingSummary run() {
        if (heldOut != null) {
            // What is wrong with it shows now, and not after the first thousand steps.
            heldOut.read(this::whileWaiting);
        }
        List<TrainingBatch> batches = nextStep();
        if (batches.isEmpty() && start.state() == null) {
            throw new LogitstreamException("topic " + job.topic() + " holds no batch "
                    + (job.training().teacherSteps() == null && job.training().teachers() == null
                            ? ""
                            : "of training.teacherSteps and training.teachers ")
                    + "before its end-of-corpus marker");
        }
        int contextLength = start.state() != null
                ? start.state().contextLength()
                : batches.get(0).length() - 1;
        OutlierGuard outliers = new OutlierGuard(job.training().outlierDeviations(), start.outliers());
        if (job.training().precision() == Precision.BFLOAT16 && job.device().equals("cpu")) {
            LOG.warn(
                    "training.precision is bfloat16 on a CPU: most CPUs compute it slower than float32; it is meant for"
                            + " compute.device cuda:N");
        }
        Torch.recordGradients(true);
        try (LanguageModel model = start.model(job, contextLength);
                AdamW optimizer = new AdamW(model, job.training().optimizer());
                TrainingStep trainingStep = new TrainingStep(
                        model,
                        optimizer,
                        job.loss(),
                        outliers,
                        job.training().recompute(),
                        job.training().precision(),
                        emitter == null ? null : new StepEmitter(emitter, job.tokenizer(), start.step()));
                MetricsLog metrics = new MetricsLog(job.folder().metrics(), start.step())) {
            start.restore(optimizer);
            long budget = start.budget();
            long step = start.step();
            long tokens = start.tokens();
            long batchesDone =
                    start.state() == null ? 0 : start.state().reader().batches();
            long lastCheckpoint = System.nanoTime();
            listener.onStart(tokens, budget, WeightShapes.parameters(model.config()));

            try {
                while (tokens < budget && !batches.isEmpty()) {
                    StepMetrics result = step(trainingStep, batches, step + 1, tokens, budget);
                    long tokensPerBatch = (result.tokens() - tokens) / batches.size();
                    step = result.step();
                    tokens = result.tokens();
                    batchesDone += batches.size();
                    result = evaluated(result, model);
                    metrics.add(result);
                    listener.onStep(result, BatchLag.within(feed.lag(), budget - tokens, tokensPerBatch));
                    feed.release(batches);
                    reached = state(step, tokens, contextLength, optimizer, outliers, false);
                    if (isDue(job.training().exportSteps(), step, tokens)) {
                        exports.write(model, job.tokenizer(), step);
                    }
                    if (step % job.training().checkpointSteps() == 0 || isDue(lastCheckpoint)) {
                        metrics.flush();
                        save(model, optimizer, reached);
                        lastCheckpoint = System.nanoTime();
                    }
                    batches = tokens < budget ? nextStep() : List.of();
                }
            } catch (TrainingStoppedException e) {
                if (e.step() > saved) {
                    metrics.flush();
                    save(model, optimizer, reached);
                }
                throw e;
            }
            if (emitter != null) {
                emitter.finish(batchesDone, tokens);
            }
            warnOfUnknownCorpora();
            metrics.flush();
            ModelExport.write(model, job.tokenizer(), job.out(), job.exportType());
            TrainingState end = state(step, tokens, contextLength, optimizer, outliers, true);
            save(model, optimizer, end);
            return TrainingSummary.of(end);
        } finally {
            Torch.recordGradients(false);
        }
    }

    private StepMetrics evaluated(StepMetrics result, LanguageModel model) {
        return heldOut != null
                        && isDue(job.training().evaluateSteps(), result.step(), result.tokens())
                        && heldOut.read(listener::onWaiting)
                ? result.withHeldOut(heldOut.evaluate(model))
                : result;
    }

    /** Whether something is to be done after a step: every so many, and when the budget is used up. */
    private boolean isDue(Integer everySteps, long step, long tokens) {
        return everySteps != null && (step % everySteps == 0 || tokens >= start.budget());
    }

    // A name with a mistake in it would have no effect, which nothing else shows.
    private void warnOfUnknownCorpora() {
        if (job.training().corpora() != null
                && feed.position() != null
                && feed.position().corpora() != null) {
            Set<String> unknown = new TreeSet<>(job.training().corpora().keySet());
            feed.position().corpora().values().forEach(corpora -> unknown.removeAll(corpora.keySet()));
            if (!unknown.isEmpty()) {
                LOG.warn(
                        "training.corpora names {}, of which topic {} held nothing up to the end of the training",
                        unknown,
                        job.topic());
            }
        }
    }

    private boolean isDue(long lastCheckpoint) {
        Double minutes = job.training().checkpointMinutes();
        return minutes != null && System.nanoTime() - lastCheckpoint >= minutes * TimeUnit.MINUTES.toNanos(1);
    }

    private TrainingState state(
            long step, long tokens, int contextLength, AdamW optimizer, OutlierGuard outliers, boolean finished) {
        return new TrainingState(
                start.settings(),
                step,
                optimizer.steps(),
                tokens,
                start.budget(),
                contextLength,
                feed.position(),
                outliers.statistics(),
                start.corpora(),
                finished);
    }

    private StepMetrics step(
            TrainingStep step, List<TrainingBatch> batches, long number, long tokensBefore, long budget) {
        double progress = (double) tokensBefore / budget;
        double learningRate =
                job.training().learningRate() * job.training().schedule().at(progress);
        double alpha = job.loss().alphaAt(progress);
        TrainingStep.Result result;
        try {
            result = step.apply(batches, alpha, learningRate, this::requireNotStopped);
        } catch (TrainingStep.NotFiniteException e) {
            Path last = checkpoints.latest();
            throw new LogitstreamException(
                    "step " + number + ": the loss or its gradient is not finite at "
                            + e.batch().address(job.topic()) + "; "
                            + (last == null ? "there is no checkpoint yet" : "the last good checkpoint is " + last)
                            + "; a lower training.learningRate usually helps",
                    e);
        }
        if (result.skipped()) {
            LOG.warn(
                    "step {} at {} is skipped: its loss or gradient norm ({}) is more than {} standard deviations above the"
                            + " mean",
                    number,
                    batches.get(0).address(job.topic()),
                    result.gradientNorm(),
                    job.training().outlierDeviations());
        }
        return new StepMetrics(
                number,
                tokensBefore + result.predicted(),
                feed.position().epoch(),
                (1 - alpha) * result.lm() + (alpha > 0 ? alpha * result.kd() : 0),
                result.lm(),
                result.kd(),
                alpha,
                learningRate,
                result.gradientNorm(),
                result.skipped());
    }

    /** The batches of the next step: fewer than asked for where the corpus ends, none after its last epoch. */
    private List<TrainingBatch> nextStep() {
        requireNotStopped();
        List<TrainingBatch> batches = feed.next(job.training().batchesPerStep(), this::onWaiting);
        batches.forEach(this::requireTeacher);
        return batches;
    }

    private void onWaiting() {
        if (emitter != null) {
            emitter.commit();
        }
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

    private void save(LanguageModel model, AdamW optimizer, TrainingState state) {
        if (emitter != null) {
            emitter.commit();
        }
        checkpoints.save(model, optimizer, job.tokenizer(), state);
        saved = state.step();
        feed.commitForLagTools(state.reader());
        listener.onCheckpoint(state.step());
    }

    private void requireTeacher(TrainingBatch batch) {
        if (batch.logits() == null && job.loss().alpha() > 0) {
            throw new LogitstreamException(
                    batch.address(job.topic()) + ": holds tokens without logits, but loss.alpha is "
                            + job.loss().alpha() + "; read the logits topic, or set loss.alpha=0");
        }
        String mismatch = batch.logits() == null ? null : job.loss().mismatch(batch.logits());
        if (mismatch != null) {
            throw new LogitstreamException(batch.address(job.topic()) + ": " + mismatch);
        }
    }
}
