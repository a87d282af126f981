package io.logitstream.student.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.huggingface.WeightShapes;
import io.logitstream.model.libtorch.Execution;
import io.logitstream.model.libtorch.Precision;
import io.logitstream.model.optimizer.AdamW;
import io.logitstream.student.config.LossConfig;
import io.logitstream.student.input.TrainingBatch;
import java.util.List;
import java.util.function.Consumer;

/**
 * Output head and loss in one, in chunks of positions: one buffer [C, V] is all of the logits that ever exists (two
 * where the student is tempered over the whole vocabulary), and autograd stores none of it. With respect to the logits
 * z of a position every loss on a sparse support has the gradient {@code c * softmax(z) + sparse}, c a number of the
 * position: it is built in the softmax itself and multiplied back into the hidden states and the output weight.
 */
public final class DistillationHead implements AutoCloseable {
    private final LanguageModel model;
    private final LossConfig loss;
    private final NDArray weightGradient_VD;
    private final NDManager manager;
    private final LossKernels kernels;
    private final TiledSoftmax softmax;
    private final SupportTargets targets;

    /**
     * A head of a model.
     *
     * @param model model with the output weight
     * @param optimizer holds the sum to which the output weight's gradient is added
     * @param loss loss settings
     * @param precision type of the three matrix products; softmax, loss and sums are float32 in any case
     */
    public DistillationHead(LanguageModel model, AdamW optimizer, LossConfig loss, Precision precision) {
        this(model, optimizer, loss, precision, model.config().vocabularySize());
    }

    /**
     * As above, for a model with rows of padding.
     *
     * @param ids number of ids that the teacher's distributions cover
     */
    public DistillationHead(LanguageModel model, AdamW optimizer, LossConfig loss, Precision precision, int ids) {
        this(model, optimizer, loss, precision, ids, Execution.IMMEDIATE);
    }

    /**
     * As above, for the device of the model.
     *
     * @param execution how operations run
     */
    public DistillationHead(
            LanguageModel model, AdamW optimizer, LossConfig loss, Precision precision, int ids, Execution execution) {
        this(model, optimizer, loss, precision, ids, Tiling.of(model.config().vocabularySize(), execution), execution);
    }

    DistillationHead(LanguageModel model, AdamW optimizer, LossConfig loss, Precision precision, Tiling tiling) {
        this(model, optimizer, loss, precision, model.config().vocabularySize(), tiling, Execution.IMMEDIATE);
    }

    private DistillationHead(
            LanguageModel model,
            AdamW optimizer,
            LossConfig loss,
            Precision precision,
            int ids,
            Tiling tiling,
            Execution execution) {
        int vocabularySize = model.config().vocabularySize();
        this.model = model;
        this.loss = loss;
        this.weightGradient_VD = optimizer.gradient(WeightShapes.output(model.config()));
        this.manager = model.newScope();
        this.kernels = new LossKernels(manager, precision, vocabularySize);
        this.softmax = new TiledSoftmax(manager, kernels, tiling, vocabularySize, execution);
        this.targets = new SupportTargets(loss, ids);
    }

    /**
     * Loss terms and gradients of a batch. The output weight's gradient is added to the optimizer's sum.
     *
     * @param hidden_ND float32 hidden states of all predicted positions
     * @param target_N1 int64 ids of the tokens that follow them
     * @param batch the batch with the teacher's logits
     * @param weights weights of the two loss terms in the gradients
     * @param scale factor of the gradients, 1 / predicted tokens of the step
     * @param viewer receives the logits [C, V] of one chunk of positions after the other, which are overwritten when it
     *     returns; null for none. The weights are the same bit for bit either way
     */
    public LossTerms apply(
            NDArray hidden_ND,
            NDArray target_N1,
            TrainingBatch batch,
            LossWeights weights,
            double scale,
            Consumer<NDArray> viewer) {
        NDManager scope = hidden_ND.getManager();
        BatchTensors tensors = targets.tensors(scope, hidden_ND, target_N1, batch);
        BatchPass pass = softmax.begin(
                scope, tensors, model.outputWeight(), weightGradient_VD, needsTemperedSoftmax(tensors), viewer);
        NDList losses = new NDList();
        for (long begin = 0; begin < tensors.positions(); begin += pass.chunkRows()) {
            long count = Math.min(tensors.positions() - begin, pass.chunkRows());
            try (NDManager chunkScope = scope.newSubManager()) {
                BatchPass.ChunkLogits logits = pass.forward(chunkScope, begin, count);
                LossKernels.ChunkTerms terms =
                        kernels.losses(chunkScope, logits, loss, weights, isSoftmaxFactorOne(weights));
                pass.backward(chunkScope, logits, terms, scale);
                for (NDArray sum : List.of(terms.lm(), terms.kd(), terms.lmElsewhere())) {
                    sum.attach(scope);
                    losses.add(sum);
                }
            }
        }
        return new LossTerms(NDArrays.stack(losses), tensors.routed(), pass.hiddenGradient(scale));
    }

    /** As the other {@code apply}, for a given alpha and without showing the logits. */
    LossTerms apply(NDArray hidden_ND, NDArray target_N1, TrainingBatch batch, double alpha, double scale) {
        return apply(hidden_ND, target_N1, batch, LossWeights.of(alpha), scale, null);
    }

    // The softmax's factor c is a sum over the position's targets; it is 1 where they sum to 1 and share the text's
    // softmax. Routing does not change that: at each position the two weights sum to 1.
    private boolean isSoftmaxFactorOne(LossWeights weights) {
        return weights.isTextOnly() && !loss.hasTailClass() || loss.sharesSoftmax();
    }

    private boolean needsTemperedSoftmax(BatchTensors tensors) {
        return tensors.supportWidth() > 0
                && loss.temperStudent()
                && loss.normalise() != LossConfig.Normalise.SUPPORT
                && !loss.onLogits()
                && !loss.hasTailClass();
    }

    @Override
    public void close() {
        softmax.close();
        kernels.close();
        manager.close();
    }
}
