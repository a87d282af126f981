package io.logitstream.student.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.logitstream.model.libtorch.HostTransfer;
import io.logitstream.model.libtorch.Precision;
import io.logitstream.model.libtorch.TorchScript;
import io.logitstream.student.config.LossConfig;
import java.util.List;

/**
 * The TorchScript functions of the loss with typed arguments and named results; each is documented in its file. They
 * may be called from several threads.
 */
final class LossKernels implements AutoCloseable {
    // tiles.py: the matrix products of the output weight, tile by tile.
    private static final String TILES = "tiles";
    private static final String BOUND = "bound";
    private static final String BINARY = "binary";
    private static final String SCALE = "scale_";
    private static final String SPLIT = "split";
    private static final String PRODUCTS = "products";
    private static final String SHOW = "show";
    private static final String FORWARD = "forward";
    private static final String BACKWARD_ALL = "backward_all";
    // head.py: entries of a chunk, and the gradient of its logits.
    private static final String ENTRIES = "entries";
    private static final String LOGITS_OF = "logits_of";
    private static final String GRADIENT = "gradient";
    // losses.py: the loss terms of a chunk.
    private static final String LOSSES = "losses";

    /** Code of the squared error of logits; must differ from every {@link LossConfig.Kind#code}. */
    private static final long KIND_LOGIT_ERROR = 6;

    private final TorchScript script;
    private final boolean half;
    private final long vocabularySize;

    /**
     * Compiles the kernels.
     *
     * @param parent scope with which they are closed at the latest
     * @param precision type of the matrix products
     * @param vocabularySize V
     */
    LossKernels(NDManager parent, Precision precision, long vocabularySize) {
        this.script = TorchScript.load(parent, LossKernels.class, "losses.py", "tiles.py", "head.py");
        this.half = precision == Precision.BFLOAT16;
        this.vocabularySize = vocabularySize;
    }

    /** Upper bound of the absolute binary logits of a batch. Synchronises with the device. */
    float bound(NDManager scope, BatchTensors batch, NDArray weight_VD, boolean temper) {
        return HostTransfer.readFloat(
                script.run(scope, BOUND, batch.hidden_ND(), weight_VD, batch.position_N4(), temper)
                        .get(0));
    }

    /** Hidden states times log2(e), whose products with the output weight are binary logits. */
    NDArray binary(NDManager scope, NDArray hidden_CD) {
        return script.run(scope, BINARY, hidden_CD).head();
    }

    /** Multiplies a tensor in place. An operand of DJL would be copied to the device, which waits for a GPU. */
    void scale(NDManager scope, NDArray x, double factor) {
        script.run(scope, SCALE, x, factor);
    }

    /** Tiles [W, D] of the output weight, in the type of the products. */
    List<NDArray> splitWeight(NDManager scope, NDArray weight_VD, long columns) {
        return script.run(scope, SPLIT, weight_VD, columns, half);
    }

    /** Tiles [W, D] of the weight's gradient, as views. */
    List<NDArray> splitGradient(NDManager scope, NDArray weightGradient_VD, long columns) {
        return script.run(scope, SPLIT, weightGradient_VD, columns, false);
    }

    /**
     * Tiles [C, W] in a vector of memory, as views.
     *
     * @param first first element of the first tile
     */
    List<NDArray> tiles(NDManager scope, NDArray memory, List<NDArray> weights, long first, long count) {
        return script.run(scope, TILES, memory, weights, first, count);
    }

    /** Positions in the memory of the tiles of a chunk's entries, int64 [C, M]. */
    NDArray entries(NDManager scope, BatchTensors.Chunk chunk, long columns) {
        return script.run(scope, ENTRIES, chunk.support_CK(), chunk.target_C1(), columns, vocabularySize)
                .head();
    }

    /**
     * Writes binary logits into the tiles.
     *
     * @param largest whether the largest logit of each position is asked for
     * @return the largest logits [C, 1], or [C, 0]
     */
    NDArray products(NDManager scope, NDArray binary_CD, List<NDArray> weights, List<NDArray> tiles, boolean largest) {
        return script.run(scope, PRODUCTS, binary_CD, weights, half, tiles, largest)
                .head();
    }

    /** Writes natural logits into the columns of z_CV from {@code first} on. */
    void show(NDManager scope, List<NDArray> tiles, long first, NDArray z_CV) {
        script.run(scope, SHOW, tiles, first, z_CV);
    }

    /**
     * Sums of the powers of two in one lane's tiles.
     *
     * @param sum_C1 float32 [C, 1]
     * @param temperedSum_C1 sums of the tempered tiles, or [C, 0]
     */
    record PowerSums(NDArray sum_C1, NDArray temperedSum_C1) {}

    /**
     * Replaces binary logits in the tiles with their powers of two.
     *
     * @param given whether the logits are in the tiles already; otherwise they are computed
     * @param shift_C1 shift that is subtracted first; none where it is [C, 0]
     */
    PowerSums forward(
            NDManager scope,
            NDArray binary_CD,
            List<NDArray> weights,
            boolean given,
            NDArray shift_C1,
            NDArray position_C4,
            List<NDArray> tiles,
            List<NDArray> tempered) {
        NDList found =
                script.run(scope, FORWARD, binary_CD, weights, half, given, shift_C1, position_C4, tiles, tempered);
        return new PowerSums(found.get(0), found.get(1));
    }

    /**
     * Natural logits of the entries [C, M].
     *
     * @param powers whether the tiles hold powers of two by now
     */
    NDArray logitsOf(NDManager scope, NDArray memory, NDArray entries_CM, boolean powers) {
        return script.run(scope, LOGITS_OF, memory, entries_CM, powers).head();
    }

    /**
     * Loss terms of a chunk, and the parts of the gradient {@code factor * softmax + temperedFactor * tempered softmax
     * + sparse} with respect to its logits.
     *
     * @param lm float64 scalar, summed over the chunk
     * @param kd float64 scalar, summed over the chunk, before alpha
     * @param lmElsewhere float64 scalar, the part of lm from positions without distillation loss
     * @param sum_C1 sum of the tiles over the vocabulary
     * @param temperedSum_C1 sum of the tempered tiles, or [C, 0]
     * @param sparse_CM gradient of the entries beside the softmax
     * @param factor_C1 factor of the softmax; [C, 0] where it is 1
     * @param temperedFactor_C1 factor of the tempered softmax, or [C, 0]
     */
    record ChunkTerms(
            NDArray lm,
            NDArray kd,
            NDArray lmElsewhere,
            NDArray sum_C1,
            NDArray temperedSum_C1,
            NDArray sparse_CM,
            NDArray factor_C1,
            NDArray temperedFactor_C1) {}

    /**
     * Computes the loss terms of a chunk.
     *
     * @param logits the chunk after {@link BatchPass#forward}
     * @param weights weights of the two terms in the gradient
     * @param factorIsOne whether the factor of the softmax is known to be 1
     */
    ChunkTerms losses(
            NDManager scope, BatchPass.ChunkLogits logits, LossConfig loss, LossWeights weights, boolean factorIsOne) {
        NDList found = script.run(
                scope,
                LOSSES,
                logits.z_CM(),
                logits.sums(),
                logits.temperedSums(),
                logits.shift_C1(),
                logits.memory(),
                logits.tiles(),
                logits.entries_CM(),
                logits.chunk().logProb_CK(),
                logits.chunk().position_C4(),
                logits.chunk().routed_C1(),
                loss.onLogits() ? KIND_LOGIT_ERROR : loss.kind().code,
                loss.tail().code,
                loss.normalise() == LossConfig.Normalise.SUPPORT,
                loss.temperStudent(),
                factorIsOne,
                loss.kind() == LossConfig.Kind.JSD ? loss.beta() : loss.skew(),
                weights.lm(),
                weights.kd());
        return new ChunkTerms(
                found.get(0),
                found.get(1),
                found.get(2),
                found.get(3),
                found.get(4),
                found.get(5),
                found.get(6),
                found.get(7));
    }

    /**
     * Replaces the powers in the tiles with the gradient of the logits, or with a multiple of it where the factor is 1.
     */
    void gradient(NDManager scope, BatchPass.ChunkLogits logits, ChunkTerms terms) {
        script.run(
                scope,
                GRADIENT,
                logits.memory(),
                logits.tiles(),
                terms.sum_C1(),
                terms.factor_C1(),
                logits.tempered(),
                terms.temperedSum_C1(),
                terms.temperedFactor_C1(),
                logits.entries_CM(),
                terms.sparse_CM());
    }

    /**
     * Adds the gradient of the logits times the weight to the hidden states' gradient, and times the hidden states to
     * the weight's gradient.
     *
     * @param divisor_C1 number by which the tiles are multiples of the gradient; [C, 0] for 1
     * @param scale factor of the weight's gradient
     */
    void backwardAll(
            NDManager scope,
            List<NDArray> tiles,
            NDArray divisor_C1,
            NDArray hidden_CD,
            List<NDArray> weights,
            double scale,
            NDArray hiddenGradient_CD,
            List<NDArray> weightGradients) {
        script.run(
                scope,
                BACKWARD_ALL,
                tiles,
                divisor_C1,
                hidden_CD,
                weights,
                half,
                scale,
                hiddenGradient_CD,
                weightGradients);
    }

    @Override
    public void close() {
        script.close();
    }
}
