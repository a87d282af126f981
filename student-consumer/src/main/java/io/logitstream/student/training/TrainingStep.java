package io.logitstream.student.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.layers.ForwardPass;
import io.logitstream.model.libtorch.Execution;
import io.logitstream.model.libtorch.HostTransfer;
import io.logitstream.model.libtorch.Precision;
import io.logitstream.model.optimizer.AdamW;
import io.logitstream.student.checkpoint.OutlierStatistics;
import io.logitstream.student.config.LossConfig;
import io.logitstream.student.input.TrainingBatch;
import io.logitstream.student.loss.DistillationHead;
import io.logitstream.student.loss.LossTerms;
import io.logitstream.student.loss.LossWeights;
import java.nio.IntBuffer;
import java.util.List;

/** The optimizer step of a model: forward and backward pass of each batch, gradient clipping, AdamW. */
public final class TrainingStep implements AutoCloseable {
    /** The loss or its gradient is not finite. The weights have not been changed. */
    static final class NotFiniteException extends RuntimeException {
        private final transient TrainingBatch batch;

        NotFiniteException(TrainingBatch batch) {
            super("not finite at batch " + batch.key());
            this.batch = batch;
        }

        TrainingBatch batch() {
            return batch;
        }
    }

    private final LanguageModel model;
    private final AdamW optimizer;
    private final DistillationHead head;
    private final OutlierGuard outliers;
    private final boolean recompute;
    private final Precision precision;
    private final StepEmitter emitter;
    private final Execution execution;

    /** Steps in float32 without outlier guard, recomputation and emitter. */
    public TrainingStep(LanguageModel model, AdamW optimizer, LossConfig loss) {
        this(model, optimizer, loss, OutlierGuard.off(), false, Precision.FLOAT32, StepEmitter.none());
    }

    /**
     * Steps of a model.
     *
     * @param model student
     * @param optimizer optimizer of the student, which owns the gradients
     * @param loss loss settings
     * @param outliers decides which steps are skipped
     * @param recompute whether activations are recomputed in the backward pass instead of being kept
     * @param precision type of the matrix products
     * @param emitter receives the logits of the forward passes
     */
    public TrainingStep(
            LanguageModel model,
            AdamW optimizer,
            LossConfig loss,
            OutlierGuard outliers,
            boolean recompute,
            Precision precision,
            StepEmitter emitter) {
        this(
                model,
                optimizer,
                loss,
                outliers,
                recompute,
                precision,
                emitter,
                model.config().vocabularySize());
    }

    /**
     * As above, for a model with rows of padding.
     *
     * @param ids number of ids that the teacher's distributions cover
     */
    public TrainingStep(
            LanguageModel model,
            AdamW optimizer,
            LossConfig loss,
            OutlierGuard outliers,
            boolean recompute,
            Precision precision,
            StepEmitter emitter,
            int ids) {
        this(model, optimizer, loss, outliers, recompute, precision, emitter, ids, executionOf(model));
    }

    TrainingStep(
            LanguageModel model,
            AdamW optimizer,
            LossConfig loss,
            OutlierGuard outliers,
            boolean recompute,
            Precision precision,
            StepEmitter emitter,
            int ids,
            Execution execution) {
        this.model = model;
        this.optimizer = optimizer;
        this.head = new DistillationHead(model, optimizer, loss, precision, ids, execution);
        this.outliers = outliers;
        this.recompute = recompute;
        this.precision = precision;
        this.emitter = emitter;
        this.execution = execution;
    }

    private static Execution executionOf(LanguageModel model) {
        try (NDManager scope = model.newScope()) {
            return Execution.of(scope);
        }
    }

    /**
     * Takes a whole step.
     *
     * @param batches batches, all tokens of which have the same weight
     * @param alpha weight of the distillation loss, in [0, 1]
     * @param learningRate learning rate
     * @throws NotFiniteException naming the batch
     */
    public StepResult apply(List<TrainingBatch> batches, double alpha, double learningRate) {
        try (QueuedStep step = queue(batches, LossWeights.of(alpha), learningRate, () -> {})) {
            return step.result();
        }
    }

    /**
     * Queues a whole step. Where operations end at once, and where the host has to judge the step before the update, the
     * result is there when this returns. Otherwise the device leaves out an update that is not finite, and all later
     * ones, and the step can be read while the next one is being computed.
     *
     * @param beforeBatch called before each batch; may throw to abandon the step, which has then changed nothing
     * @return the step; the caller closes it
     * @throws NotFiniteException naming the batch, if the result is there; otherwise its result throws
     */
    QueuedStep queue(List<TrainingBatch> batches, LossWeights weights, double learningRate, Runnable beforeBatch) {
        NDManager scope = model.newScope();
        boolean queued = false;
        try {
            StepLosses losses = forwardAndBackward(scope, batches, weights, beforeBatch);
            NDArray gradientNorm = optimizer.gradientNorm(scope);
            if (execution == Execution.QUEUED && !outliers.isOn() && !emitter.isOn()) {
                NDArray values =
                        optimizer.stepIfFinite(scope, losses.sums(), !weights.isTextOnly(), gradientNorm, learningRate);
                queued = true;
                return QueuedStep.late(scope, losses, HostTransfer.toHost(scope, values));
            }
            return QueuedStep.of(update(losses, gradientNorm, learningRate));
        } finally {
            if (!queued) {
                scope.close();
            }
        }
    }

    /** Computes the losses of a step and its gradients, which add up in the optimizer. */
    private StepLosses forwardAndBackward(
            NDManager scope, List<TrainingBatch> batches, LossWeights weights, Runnable beforeBatch) {
        StepLosses losses = new StepLosses(weights);
        int predicted = batches.stream().mapToInt(TrainingBatch::predicted).sum();
        optimizer.zeroGradients();
        for (TrainingBatch batch : batches) {
            beforeBatch.run();
            forwardAndBackward(scope, batch, losses, 1.0 / predicted);
        }
        return losses;
    }

    private void forwardAndBackward(NDManager step, TrainingBatch batch, StepLosses losses, double scale) {
        try (NDManager scope = model.newScope()) {
            NDArray tokens_BU = HostTransfer.toDevice(
                    scope, IntBuffer.wrap(batch.tokens()), new Shape(batch.rows(), batch.length()), DataType.INT32);
            NDArray input_BT = tokens_BU.get(":, :-1").toType(DataType.INT64, true);
            NDArray target_N1 =
                    tokens_BU.get(":, 1:").toType(DataType.INT64, true).reshape(batch.predicted(), 1);
            ForwardPass forward = model.forward(input_BT, batch.documents(), recompute, precision);
            NDArray hidden_ND = forward.hidden_BTD()
                    .reshape(batch.predicted(), model.config().hiddenSize());
            LossTerms terms = head.apply(hidden_ND, target_N1, batch, losses.weights(), scale, emitter.begin(batch));
            terms.sums().attach(step);
            losses.add(batch, terms);
            if (execution == Execution.IMMEDIATE) {
                losses.requireFinite(batch, terms);
            }
            forward.backward(terms.hiddenGradient_ND());
        }
    }

    // Clips the gradients to the configured norm and updates the weights, unless the step is an outlier.
    private StepResult update(StepLosses losses, NDArray gradientNorm, double learningRate) {
        double norm = HostTransfer.readFloat(gradientNorm);
        losses.requireFinite(norm);
        emitter.endStep();
        boolean outlier = outliers.isOutlier(losses.total(), norm);
        if (!outlier) {
            optimizer.step(gradientNorm, learningRate);
        }
        return losses.result(norm, outlier);
    }

    /** Statistics of the outlier guard. */
    OutlierStatistics outliers() {
        return outliers.statistics();
    }

    @Override
    public void close() {
        head.close();
    }
}
