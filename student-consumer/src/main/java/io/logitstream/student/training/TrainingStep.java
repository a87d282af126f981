package io.logitstream.student.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.layers.ForwardPass;
import io.logitstream.model.libtorch.Precision;
import io.logitstream.model.optimizer.AdamW;
import io.logitstream.student.checkpoint.OutlierStatistics;
import io.logitstream.student.config.LossConfig;
import io.logitstream.student.input.TrainingBatch;
import io.logitstream.student.loss.DistillationHead;
import io.logitstream.student.loss.LossTerms;
import io.logitstream.student.loss.LossWeights;
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
        this.model = model;
        this.optimizer = optimizer;
        this.head = new DistillationHead(model, optimizer, loss, precision, ids);
        this.outliers = outliers;
        this.recompute = recompute;
        this.precision = precision;
        this.emitter = emitter;
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
        LossWeights weights = LossWeights.of(alpha);
        return clipAndUpdate(forwardAndBackward(batches, weights, () -> {}), weights, learningRate);
    }

    /**
     * Computes the losses of a step and its gradients, which add up in the optimizer.
     *
     * @param beforeBatch called before each batch; may throw to abandon the step, which has then changed nothing
     * @throws NotFiniteException naming the batch whose loss is not finite
     */
    StepLosses forwardAndBackward(List<TrainingBatch> batches, LossWeights weights, Runnable beforeBatch) {
        int predicted = batches.stream().mapToInt(TrainingBatch::predicted).sum();
        double lm = 0;
        double kd = 0;
        double lmElsewhere = 0;
        int routed = 0;
        optimizer.zeroGradients();
        for (TrainingBatch batch : batches) {
            beforeBatch.run();
            LossTerms terms = forwardAndBackward(batch, weights, 1.0 / predicted);
            lm += terms.lm();
            kd += terms.kd();
            lmElsewhere += terms.lmElsewhere();
            routed += terms.routed();
        }
        return new StepLosses(predicted, routed, lm, kd, lmElsewhere, batches.get(batches.size() - 1));
    }

    private LossTerms forwardAndBackward(TrainingBatch batch, LossWeights weights, double scale) {
        try (NDManager scope = model.newScope()) {
            NDArray tokens_BU = scope.create(batch.tokens(), new Shape(batch.rows(), batch.length()));
            NDArray input_BT = tokens_BU.get(":, :-1").toType(DataType.INT64, true);
            NDArray target_N1 =
                    tokens_BU.get(":, 1:").toType(DataType.INT64, true).reshape(batch.predicted(), 1);
            ForwardPass forward = model.forward(input_BT, batch.documents(), recompute, precision);
            NDArray hidden_ND = forward.hidden_BTD()
                    .reshape(batch.predicted(), model.config().hiddenSize());
            LossTerms terms = head.apply(hidden_ND, target_N1, batch, weights, scale, emitter.begin(batch));
            requireFinite(terms.lm() + (weights.isTextOnly() ? 0 : terms.kd()), batch);
            forward.backward(terms.hiddenGradient_ND());
            return terms;
        }
    }

    /**
     * Clips the gradients to the configured norm and updates the weights, unless the step is an outlier.
     *
     * @throws NotFiniteException when the gradient is not finite
     */
    StepResult clipAndUpdate(StepLosses losses, LossWeights weights, double learningRate) {
        try (NDManager scope = model.newScope()) {
            NDArray gradientNorm = optimizer.gradientNorm(scope);
            double norm = gradientNorm.getFloat();
            requireFinite(norm, losses.last());
            emitter.endStep();
            int predicted = losses.predicted();
            double total = weights.total(losses.lm(), losses.kd(), losses.lmElsewhere());
            boolean outlier = outliers.isOutlier(total / predicted, norm);
            if (!outlier) {
                optimizer.step(gradientNorm, learningRate);
            }
            return new StepResult(
                    predicted,
                    losses.routed(),
                    losses.lm() / predicted,
                    losses.kd() / predicted,
                    losses.lmElsewhere() / predicted,
                    norm,
                    outlier);
        }
    }

    private static void requireFinite(double value, TrainingBatch batch) {
        if (!Double.isFinite(value)) {
            throw new NotFiniteException(batch);
        }
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
