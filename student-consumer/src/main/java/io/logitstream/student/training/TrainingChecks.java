package io.logitstream.student.training;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.model.libtorch.Precision;
import io.logitstream.student.config.TrainingConfig;
import io.logitstream.student.input.ReaderState;
import io.logitstream.student.input.TrainingBatch;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Checks of a training's settings against its batches: what makes it impossible, and what the user should know. */
final class TrainingChecks {
    private static final Logger LOG = LoggerFactory.getLogger(TrainingChecks.class);

    private final TrainingJob job;

    TrainingChecks(TrainingJob job) {
        this.job = job;
    }

    /**
     * Requires settings with which the logits of the student can be emitted.
     *
     * @throws UsageException when batches would come more than once, or not in the order of the topic
     */
    void requireEmittable() {
        TrainingConfig training = job.training();
        if (training.epochs() > 1 || training.shuffleWindow() > 1) {
            throw new UsageException("training.epochs is " + training.epochs() + " and training.shuffleWindow "
                    + training.shuffleWindow()
                    + ", but logits are recorded once and in the order of the corpus: both must be 1");
        }
        if (training.corpora() != null) {
            throw new UsageException("training.corpora is " + training.corpora()
                    + ", but the logits of every batch are recorded exactly once: remove training.corpora");
        }
    }

    /**
     * Requires that a new run has something to train on.
     *
     * @param first batches of the first step
     */
    void requireBatches(List<TrainingBatch> first, ResumePoint start) {
        if (first.isEmpty() && start.state() == null) {
            boolean all =
                    job.training().teacherSteps() == null && job.training().teachers() == null;
            throw new LogitstreamException("topic " + job.topic() + " holds no batch "
                    + (all ? "" : "of training.teacherSteps and training.teachers ")
                    + "before its end-of-corpus marker");
        }
    }

    /**
     * Requires that the configured loss can be computed from a batch.
     *
     * @throws LogitstreamException naming the record and the setting that does not fit it
     */
    void requireUsable(TrainingBatch batch) {
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

    void warnOfSlowPrecision() {
        if (job.training().precision() == Precision.BFLOAT16 && job.device().equals("cpu")) {
            LOG.warn(
                    "training.precision is bfloat16 on a CPU: most CPUs compute it slower than float32; it is meant for"
                            + " compute.device cuda:N");
        }
    }

    /** The error of a step whose loss or gradient is not finite. */
    LogitstreamException notFinite(long step, TrainingStep.NotFiniteException e) {
        Path last = job.checkpoints().latest();
        return new LogitstreamException(
                "step " + step + ": the loss or its gradient is not finite at "
                        + e.batch().address(job.topic()) + "; "
                        + (last == null ? "there is no checkpoint yet" : "the last good checkpoint is " + last)
                        + "; a lower training.learningRate usually helps",
                e);
    }

    void warnOfOutlier(long step, TrainingBatch first, StepResult result) {
        LOG.warn(
                "step {} at {} is skipped: its loss or gradient norm ({}) is more than {} standard deviations above the"
                        + " mean",
                step,
                first.address(job.topic()),
                result.gradientNorm(),
                job.training().outlierDeviations());
    }

    /** Warns of corpus names that no record had: nothing else would show a typing error in them. */
    void warnOfUnknownCorpora(ReaderState end) {
        if (job.training().corpora() == null || end == null || end.corpora() == null) {
            return;
        }
        Set<String> unknown = new TreeSet<>(job.training().corpora().keySet());
        end.corpora().values().forEach(corpora -> unknown.removeAll(corpora.keySet()));
        if (!unknown.isEmpty()) {
            LOG.warn(
                    "training.corpora names {}, but topic {} has no record of these corpora up to the end of the"
                            + " training",
                    unknown,
                    job.topic());
        }
    }
}
