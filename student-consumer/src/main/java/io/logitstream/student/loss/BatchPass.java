package io.logitstream.student.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.function.Consumer;

/**
 * One batch's way through {@link TiledSoftmax}: for each chunk of positions the logits and powers, then the gradients.
 * Its arrays are owned by the scope of the batch, those of a chunk by the scope of the chunk.
 */
final class BatchPass {
    private final TiledSoftmax softmax;
    private final LossKernels kernels;
    private final List<TiledSoftmax.Lane> lanes;
    private final List<NDArray> weights;
    private final BatchTensors batch;
    private final boolean temper;
    private final boolean shifted;
    private final Consumer<NDArray> viewer;
    private final long chunkRows;
    private final NDArray shown_CV;

    BatchPass(
            TiledSoftmax softmax,
            NDManager scope,
            List<TiledSoftmax.Lane> lanes,
            List<NDArray> weights,
            BatchTensors batch,
            boolean temper,
            boolean shifted,
            Consumer<NDArray> viewer) {
        this.softmax = softmax;
        this.kernels = softmax.kernels();
        this.lanes = lanes;
        this.weights = weights;
        this.batch = batch;
        this.temper = temper;
        this.shifted = shifted;
        this.viewer = viewer;
        this.chunkRows = Math.min(batch.positions(), softmax.tiling().rows());
        this.shown_CV = viewer == null ? null : scope.create(new Shape(chunkRows, softmax.vocabularySize()));
    }

    /** Positions of each chunk but the last, which may have fewer. */
    long chunkRows() {
        return chunkRows;
    }

    /**
     * A chunk after the products with the weight.
     *
     * @param range its positions as {@code begin:end}
     * @param chunk its inputs
     * @param tiles tiles [C, W] with multiples of the softmax, 2^(binary logit - shift); overwritten by the gradient
     * @param tempered tiles of the tempered softmax, or empty
     * @param shift_C1 shift of each position in binary logits, or [C, 0] for none
     * @param memory vector that holds all tiles
     * @param entries_CM positions in that vector of the support and of the text's next token
     * @param z_CM natural logits of these entries
     * @param sums sums of the tiles [C, 1], one per lane
     * @param temperedSums sums of the tempered tiles [C, 1], or [C, 0], one per lane
     */
    record ChunkLogits(
            String range,
            BatchTensors.Chunk chunk,
            List<NDArray> tiles,
            List<NDArray> tempered,
            NDArray shift_C1,
            NDArray memory,
            NDArray entries_CM,
            NDArray z_CM,
            List<NDArray> sums,
            List<NDArray> temperedSums) {}

    /**
     * Logits of a chunk and their powers of two.
     *
     * @param scope owner of the chunk's arrays
     * @param begin first position
     * @param count number of positions C
     */
    ChunkLogits forward(NDManager scope, long begin, long count) {
        String range = begin + ":" + (begin + count);
        BatchTensors.Chunk chunk = batch.chunk(scope, range);
        NDArray hidden_CD = chunk.hidden_CD();
        NDArray shownOfChunk_CV = viewer == null || count == chunkRows ? shown_CV : shown_CV.get("0:" + count);
        long values = chunkRows * softmax.vocabularySize();
        NDArray memory = softmax.memory(values * (temper ? 2 : 1));
        List<NDArray> tiles = kernels.tiles(scope, memory, weights, 0, count);
        List<NDArray> tempered = temper ? kernels.tiles(scope, memory, weights, values, count) : List.of();
        NDArray entries_CM = kernels.entries(scope, chunk, softmax.tiling().columns());
        NDArray binary_CD = kernels.binary(scope, hidden_CD);
        boolean given = shifted || viewer != null;
        NDArray shift_C1 = given
                ? softmax
                        .onEachLane(
                                lanes,
                                lane -> kernels.products(scope, binary_CD, lane.weights(), lane.own(tiles), shifted))
                        .stream()
                        .reduce(NDArray::maximum)
                        .orElseThrow()
                : hidden_CD.get(":, :0");
        if (viewer != null) {
            softmax.runOnEachLane(
                    lanes, lane -> kernels.show(scope, lane.own(tiles), lane.firstColumn(), shownOfChunk_CV));
            viewer.accept(shownOfChunk_CV);
        }
        // With a shift the entries are read before their powers of two may underflow to zero.
        NDArray exact_CM = shifted ? kernels.logitsOf(scope, memory, entries_CM, false) : null;
        List<LossKernels.PowerSums> sums = softmax.onEachLane(
                lanes,
                lane -> kernels.forward(
                        scope,
                        binary_CD,
                        lane.weights(),
                        given,
                        shift_C1,
                        chunk.position_C4(),
                        lane.own(tiles),
                        lane.own(tempered)));
        NDArray z_CM = shifted ? exact_CM : kernels.logitsOf(scope, memory, entries_CM, true);
        return new ChunkLogits(
                range,
                chunk,
                tiles,
                tempered,
                shift_C1,
                memory,
                entries_CM,
                z_CM,
                sums.stream().map(LossKernels.PowerSums::sum_C1).toList(),
                sums.stream().map(LossKernels.PowerSums::temperedSum_C1).toList());
    }

    /**
     * Backward pass of a chunk: adds to the gradients of the hidden states and of the weight.
     *
     * @param scope owner of the chunk's arrays
     * @param logits the chunk; its tiles are overwritten
     * @param terms its losses
     * @param scale factor of the weight's gradient; {@link #hiddenGradient} applies that of the hidden states
     */
    void backward(NDManager scope, ChunkLogits logits, LossKernels.ChunkTerms terms, double scale) {
        kernels.gradient(scope, logits, terms);
        NDArray divisor_C1 = terms.factor_C1().getShape().get(1) == 0
                ? terms.sum_C1()
                : terms.sum_C1().get(":, :0");
        softmax.runOnEachLane(
                lanes,
                lane -> kernels.backwardAll(
                        scope,
                        lane.own(logits.tiles()),
                        divisor_C1,
                        logits.chunk().hidden_CD(),
                        lane.weights(),
                        scale,
                        lane.hiddenGradient_ND().get(logits.range()),
                        lane.weightGradients()));
    }

    /** Gradient of the batch's hidden states [N, D]: the sum over all lanes, times a scale. Called once, at the end. */
    NDArray hiddenGradient(double scale) {
        NDArray sum_ND = lanes.get(0).hiddenGradient_ND();
        lanes.stream().skip(1).forEach(lane -> sum_ND.addi(lane.hiddenGradient_ND()));
        kernels.scale(sum_ND.getManager(), sum_ND, scale);
        return sum_ND;
    }
}
