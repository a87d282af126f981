package io.logitstream.student.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.layers.ForwardPass;
import io.logitstream.model.libtorch.Precision;
import io.logitstream.model.optimizer.AdamW;
import io.logitstream.student.config.LossConfig;
import io.logitstream.student.input.TrainingBatch;
import io.logitstream.student.loss.DistillationHead;
import java.util.List;

/** One optimizer step: forward, loss and backward of each batch, clipping, AdamW. */
public final class TrainingStep implements AutoCloseable {
    /**
     * Means over the step's predicted tokens, in nats, and the gradient's global norm before clipping.
     *
     * @param predicted tokens of the step
     * @param lm negative log-likelihood of the text
     * @param kd distillation loss, before alpha
     * @param gradientNorm global norm
     * @param skipped whether the step was an outlier and has changed no weight
     */
    public record Result(int predicted, double lm, double kd, double gradientNorm, boolean skipped) {}

    /** The loss or its gradient is not finite; the weights have not been changed. */
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
    private final StepEmitter stepEmitter;

    public TrainingStep(LanguageModel model, AdamW optimizer, LossConfig loss) {
        this(model, optimizer, loss, OutlierGuard.off(), false, Precision.FLOAT32, null);
    }

    /**
     * Steps of a model.
     *
     * @param model student
     * @param optimizer its optimizer
     * @param loss its loss
     * @param outliers says which steps are skipped
     * @param recompute whether activations are computed again instead of being kept
     * @param precision type of the matrix products
     * @param stepEmitter receives the logits of each step's forward pass; null to emit nothing
     */
    public TrainingStep(
            LanguageModel model,
            AdamW optimizer,
            LossConfig loss,
            OutlierGuard outliers,
            boolean recompute,
            Precision precision,
            StepEmitter stepEmitter) {
        this.precision = precision;
        this.stepEmitter = stepEmitter;
        this.outliers = outliers;
        this.recompute = recompute;
        this.model = model;
        this.optimizer = optimizer;
        this.head = new DistillationHead(model, optimizer, loss, precision);
    }

    /**
     * Takes a step.
     *
     * @param batches batches whose tokens weigh alike
     * @param alpha weight of the distillation loss
     * @param learningRate learning rate
     * @throws NotFiniteException naming the batch
     */
    public Result apply(List<TrainingBatch> batches, double alpha, double learningRate) {
        return apply(batches, alpha, learningRate, () -> {});
    }

    /**
     * As {@link #apply(List, double, double)}, with a call before each batch, which may throw to give the step up: nothing
     * has changed then.
     */
    Result apply(List<TrainingBatch> batches, double alpha, double learningRate, Runnable beforeBatch) {
        int predicted = batches.stream().mapToInt(TrainingBatch::predicted).sum();
        double lm = 0;
        double kd = 0;
        optimizer.zeroGradients();
        for (TrainingBatch batch : batches) {
            beforeBatch.run();
            DistillationHead.Sums sums = backward(batch, alpha, 1.0 / predicted);
            lm += sums.lm();
            kd += sums.kd();
        }
        try (NDManager scope = model.newScope()) {
            NDArray gradientNorm = optimizer.gradientNorm(scope);
            double norm = gradientNorm.getFloat();
            requireFinite(norm, batches.get(batches.size() - 1));
            if (stepEmitter != null) {
                stepEmitter.endStep();
            }
            boolean outlier = outliers.isOutlier(((1 - alpha) * lm + (alpha > 0 ? alpha * kd : 0)) / predicted, norm);
            if (!outlier) {
                optimizer.step(gradientNorm, learningRate);
            }
            return new Result(predicted, lm / predicted, kd / predicted, norm, outlier);
        }
    }

    private DistillationHead.Sums backward(TrainingBatch batch, double alpha, double scale) {
        try (NDManager scope = model.newScope()) {
            NDArray tokens_BU = scope.create(batch.tokens(), new Shape(batch.rows(), batch.length()));
            NDArray ids_BT = tokens_BU.get(":, :-1").toType(DataType.INT64, true);
            NDArray targets_N1 =
                    tokens_BU.get(":, 1:").toType(DataType.INT64, true).reshape(batch.predicted(), 1);
            ForwardPass forward = model.forward(ids_BT, recompute, precision);
            NDArray hidden_ND = forward.hidden_BTD()
                    .reshape(batch.predicted(), model.config().hiddenSize());
            DistillationHead.Sums sums = head.apply(
                    hidden_ND, targets_N1, batch, alpha, scale, stepEmitter == null ? null : stepEmitter.begin(batch));
            requireFinite(sums.lm() + (alpha > 0 ? sums.kd() : 0), batch);
            forward.backward(sums.hiddenGradient_ND());
            return sums;
        }
    }

    private static void requireFinite(double value, TrainingBatch batch) {
        if (!Double.isFinite(value)) {
            throw new NotFiniteException(batch);
        }
    }

    @Override
    public void close() {
        head.close();
    }
}
