package io.logitstream.student.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.huggingface.WeightShapes;
import io.logitstream.model.libtorch.Precision;
import io.logitstream.model.libtorch.TorchScript;
import io.logitstream.model.optimizer.AdamW;
import io.logitstream.student.config.LossConfig;
import io.logitstream.student.input.TrainingBatch;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Output head and loss in one, in chunks of rows, so that one buffer of [rows, vocabulary] is all that ever exists of the
 * logits (two of them when the student is tempered over the whole vocabulary) and autograd stores none of it. Every
 * loss on a sparse support has the gradient {@code c * softmax(z) + sparse}, with c a number of the position: it is built
 * in the softmax itself and multiplied back into the hidden states and the output weight.
 */
public final class DistillationHead implements AutoCloseable {
    /** Entries of the rectangle of targets: 512 MiB of ids, with room to grow, still counts in an int. */
    private static final long MOST_TARGETS = 1 << 27;

    private static final long KIND_LOGIT_ERROR = 6;

    /**
     * Sums over the positions of a batch.
     *
     * @param hiddenGradient_ND gradient of the scaled loss with respect to the hidden states
     * @param lm negative log-likelihood of the text, in nats
     * @param kd distillation loss
     */
    public record Sums(NDArray hiddenGradient_ND, double lm, double kd) {}

    private final LanguageModel model;
    private final NDArray weightGradient;
    private final TorchScript kernels;
    private final NDManager manager;
    private final LossConfig loss;
    private final Tiling tiling;
    private final TiledSoftmax softmax;
    private ByteBuffer supportBytes = ByteBuffer.allocateDirect(0);
    private ByteBuffer logProbBytes = ByteBuffer.allocateDirect(0);
    private ByteBuffer positionBytes = ByteBuffer.allocateDirect(0);

    /**
     * @param precision type of the three matrix products; softmax, loss and sums are float32 either way
     */
    public DistillationHead(LanguageModel model, AdamW optimizer, LossConfig loss, Precision precision) {
        this(model, optimizer, loss, precision, Tiling.of(model.config().vocabularySize()));
    }

    DistillationHead(LanguageModel model, AdamW optimizer, LossConfig loss, Precision precision, Tiling tiling) {
        this.model = model;
        this.tiling = tiling;
        this.loss = loss;
        this.weightGradient = optimizer.gradient(WeightShapes.output(model.config()));
        this.manager = model.newScope();
        this.kernels = TorchScript.load(manager, DistillationHead.class, "losses.py", "tiles.py", "head.py");
        this.softmax = new TiledSoftmax(manager, kernels, tiling, model.config().vocabularySize(), precision);
    }

    /** As {@link #apply(NDArray, NDArray, TrainingBatch, double, double, Consumer)}, without showing the logits. */
    public Sums apply(NDArray hidden_ND, NDArray targets_N1, TrainingBatch batch, double alpha, double scale) {
        return apply(hidden_ND, targets_N1, batch, alpha, scale, null);
    }

    /**
     * Loss of a batch; the output weight's gradient is added to the optimizer's.
     *
     * @param hidden_ND hidden states of all predicted positions
     * @param targets_N1 ids that follow them
     * @param batch the batch
     * @param alpha weight of the distillation loss
     * @param scale factor of the gradients, one by the tokens of the step
     * @param logits is shown the logits [C, V] of one chunk of positions after the other, which are overwritten when it
     *     returns; null when nobody looks. The weights are the same bit for bit either way
     */
    public Sums apply(
            NDArray hidden_ND,
            NDArray targets_N1,
            TrainingBatch batch,
            double alpha,
            double scale,
            Consumer<NDArray> logits) {
        NDManager scope = hidden_ND.getManager();
        int positions = batch.predicted();
        int width = batch.logits() == null ? 0 : SupportTargets.width(batch.logits());
        if ((long) positions * width > MOST_TARGETS) {
            throw new LogitstreamException(
                    "batch " + batch.key() + ": " + positions + " positions with up to " + width
                            + " kept tokens are too many for one pass; publish batches of fewer rows, or keep fewer (selection.topK)");
        }
        supportBytes = reserve(supportBytes, positions * width * Integer.BYTES);
        logProbBytes = reserve(logProbBytes, positions * width * Float.BYTES);
        positionBytes = reserve(positionBytes, positions * SupportTargets.POSITION_VALUES * Float.BYTES);
        if (width > 0) {
            SupportTargets.fillSupports(
                    batch.logits(), width, supportBytes.asIntBuffer(), logProbBytes.asFloatBuffer());
            SupportTargets.fillPositions(
                    batch.logits(), loss, model.config().vocabularySize(), positionBytes.asFloatBuffer());
        }
        Shape shape = new Shape(positions, width);
        NDArray[] rows = {
            hidden_ND,
            targets_N1,
            scope.create(supportBytes, shape, DataType.INT32),
            scope.create(logProbBytes, shape, DataType.FLOAT32),
            scope.create(positionBytes, new Shape(positions, SupportTargets.POSITION_VALUES), DataType.FLOAT32)
        };
        return distill(scope, rows, alpha, scale, logits);
    }

    private Sums distill(NDManager scope, NDArray[] rows, double alpha, double scale, Consumer<NDArray> logits) {
        boolean onSupport = loss.normalise() == LossConfig.Normalise.SUPPORT;
        boolean factorIsOne = alpha == 0 && loss.tail() != LossConfig.Tail.BUCKET || loss.sharesSoftmax();
        boolean temperAll = rows[2].getShape().get(1) > 0
                && loss.temperStudent()
                && !onSupport
                && !loss.onLogits()
                && loss.tail() != LossConfig.Tail.BUCKET;
        long positions = rows[0].getShape().get(0);
        long chunk = Math.min(positions, tiling.rows());
        NDArray shown_CV = logits == null
                ? null
                : scope.create(new Shape(chunk, model.config().vocabularySize()));
        NDList losses = new NDList();
        softmax.begin(scope, model.outputWeight(), weightGradient, rows[0], rows[4], temperAll);
        for (long begin = 0; begin < positions; begin += chunk) {
            long count = Math.min(positions - begin, chunk);
            String range = begin + ":" + (begin + count);
            try (NDManager part = scope.newSubManager()) {
                NDArray[] own = Arrays.stream(rows)
                        .map(values -> values.get(part, new NDIndex(range)))
                        .toArray(NDArray[]::new);
                NDArray own_CV = logits == null || count == chunk ? shown_CV : shown_CV.get("0:" + count);
                TiledSoftmax.Chunk done =
                        softmax.forward(part, own[0], own[2], own[1], own[4], chunk, temperAll, own_CV, logits);
                NDList found = kernels.run(
                        part,
                        "losses",
                        done.z_CM(),
                        done.sums(),
                        done.temperedSums(),
                        done.shift_C1(),
                        done.memory(),
                        done.tiles(),
                        done.entries_CM(),
                        own[3],
                        own[4],
                        loss.onLogits() ? KIND_LOGIT_ERROR : loss.kind().code,
                        loss.tail().code,
                        onSupport,
                        loss.temperStudent(),
                        factorIsOne,
                        loss.kind() == LossConfig.Kind.JSD ? loss.beta() : loss.skew(),
                        alpha);
                softmax.backward(
                        part, done, begin, found.get(2), found.get(3), found.get(5), found.get(6), found.get(4), scale);
                found.subNDList(0, 2).forEach(value -> value.attach(scope));
                losses.addAll(found.subNDList(0, 2));
            }
        }
        // Read together, when all is under way: what is read waits for the device.
        double[] values = NDArrays.stack(losses).toDoubleArray();
        double[] sums = new double[2];
        for (int i = 0; i < values.length; i++) {
            sums[i % 2] += values[i];
        }
        return new Sums(softmax.hiddenGradient(scale), sums[0], sums[1]);
    }

    private static ByteBuffer reserve(ByteBuffer buffer, int bytes) {
        ByteBuffer large = buffer.capacity() >= bytes
                ? buffer
                : ByteBuffer.allocateDirect(bytes + bytes / 4).order(ByteOrder.nativeOrder());
        return large.clear().limit(bytes);
    }

    @Override
    public void close() {
        softmax.close();
        kernels.close();
        manager.close();
    }
}
