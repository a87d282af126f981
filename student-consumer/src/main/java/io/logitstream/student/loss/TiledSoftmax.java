package io.logitstream.student.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.logitstream.model.libtorch.OperationThreads;
import io.logitstream.model.libtorch.Precision;
import io.logitstream.model.libtorch.TorchScript;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * The products of the output weight and the softmax between them, tile by tile. Several tiles are dealt out to as many
 * threads as an operation has, each with its part of the vocabulary, its own sum of the hidden states' gradient and
 * operations that are its alone: they meet twice for each chunk of positions instead of in each operation.
 *
 * <p>Each pass over the logits costs time, so that as few as can be are made: logits are binary, those of hidden states
 * times log2(e), whose powers of two cost half of an exponential; they are not divided by their sum, the two products
 * after them are; and the largest logit is looked for only where lengths of hidden states and weights (Cauchy-Schwarz)
 * leave open whether a power could leave float32.
 */
final class TiledSoftmax implements AutoCloseable {
    /** Tiles next to each other, of one thread; the hidden states' gradient is the sum over all lanes. */
    private record Lane(
            int firstTile,
            long firstColumn,
            List<NDArray> weights,
            List<NDArray> weightGradients,
            NDArray hiddenGradient_ND) {
        <T> List<T> own(List<T> ofAllTiles) {
            return ofAllTiles.isEmpty() ? ofAllTiles : ofAllTiles.subList(firstTile, firstTile + weights.size());
        }
    }

    /**
     * What is known of a chunk after the products with the weight.
     *
     * @param tiles multiples of the softmax, 2^(binary logit - shift), to be overwritten
     * @param tempered those of the tempered logits, or none
     * @param shift_C1 shift of each position, or [C, 0] when it is 0
     * @param memory that of the tiles, as a vector
     * @param entries_CM where kept tokens and the text's own are in it
     * @param z_CM logits of these
     * @param sums sums of the tiles [C, 1] of each lane
     * @param temperedSums [C, 1] of each lane, or [C, 0]
     */
    record Chunk(
            NDArray h_CD,
            List<NDArray> tiles,
            List<NDArray> tempered,
            NDArray shift_C1,
            NDArray memory,
            NDArray entries_CM,
            NDArray z_CM,
            List<NDArray> sums,
            List<NDArray> temperedSums) {}

    /** The largest binary logit whose power, times any vocabulary and temperature, is far from the end of float32. */
    private static final float MOST_WITHOUT_SHIFT = 60;

    private static final double LOG2_E = 1 / Math.log(2);

    private final NDManager manager;
    private final TorchScript kernels;
    private final Tiling tiling;
    private final boolean half;
    private final int vocabularySize;
    private final int tiles;
    private final int laneCount;
    private final ExecutorService workers;
    private NDArray memory;
    private List<Lane> lanes = List.of();
    private boolean shifted;

    TiledSoftmax(NDManager parent, TorchScript kernels, Tiling tiling, int vocabularySize, Precision precision) {
        this.manager = parent.newSubManager();
        this.kernels = kernels;
        this.tiling = tiling;
        this.half = precision == Precision.BFLOAT16;
        this.vocabularySize = vocabularySize;
        this.tiles = Math.toIntExact((vocabularySize + tiling.columns() - 1) / tiling.columns());
        OperationThreads threads = OperationThreads.current();
        this.laneCount = manager.getDevice().isGpu() ? 1 : Math.min(tiles, threads.count());
        this.workers = laneCount == 1 ? null : threads.split(laneCount, "head");
    }

    /**
     * Begins a batch.
     *
     * @param scope owner of what lives as long as the batch
     * @param weight_VD output weight
     * @param weightGradient_VD what the weight's gradient is added to
     * @param hidden_ND hidden states of all chunks
     * @param positions_N4 temperatures and what else belongs to positions
     * @param temper whether there is a softmax of tempered logits too
     */
    void begin(
            NDManager scope,
            NDArray weight_VD,
            NDArray weightGradient_VD,
            NDArray hidden_ND,
            NDArray positions_N4,
            boolean temper) {
        // Not a number is shifted too. A GPU is waited for here, once a batch.
        shifted = !(kernels.run(scope, "bound", hidden_ND, weight_VD, positions_N4, temper)
                        .get(0)
                        .getFloat()
                <= MOST_WITHOUT_SHIFT);
        List<NDArray> weights = kernels.run(scope, "split", weight_VD, tiling.columns(), half);
        List<NDArray> gradients = kernels.run(scope, "split", weightGradient_VD, tiling.columns(), false);
        lanes = IntStream.range(0, laneCount)
                .mapToObj(lane -> {
                    int begin = tiles * lane / laneCount;
                    int end = tiles * (lane + 1) / laneCount;
                    return new Lane(
                            begin,
                            begin * tiling.columns(),
                            weights.subList(begin, end),
                            gradients.subList(begin, end),
                            scope.zeros(hidden_ND.getShape(), DataType.FLOAT32));
                })
                .toList();
    }

    /**
     * Logits and softmax of a chunk.
     *
     * @param scope owner of what lives as long as the chunk
     * @param ids_CK kept tokens
     * @param target_C1 the text's own
     * @param chunk the most positions of a chunk
     * @param temper whether there is a softmax of tempered logits too
     * @param shown_CV memory for logits that are shown
     * @param logits is shown the logits before they are overwritten; null when nobody looks
     */
    Chunk forward(
            NDManager scope,
            NDArray h_CD,
            NDArray ids_CK,
            NDArray target_C1,
            NDArray positions_C4,
            long chunk,
            boolean temper,
            NDArray shown_CV,
            Consumer<NDArray> logits) {
        NDArray memory = memory(chunk * vocabularySize * (temper ? 2 : 1));
        List<NDArray> tiles = tiles(scope, memory, 0, h_CD);
        List<NDArray> tempered = temper ? tiles(scope, memory, chunk * vocabularySize, h_CD) : List.of();
        NDArray entries_CM = kernels.run(scope, "entries", ids_CK, target_C1, tiling.columns(), (long) vocabularySize)
                .head();
        NDArray binary_CD = h_CD.mul(LOG2_E);
        boolean given = shifted || logits != null;
        NDArray shift_C1 = h_CD.get(":, :0");
        if (given) {
            List<NDList> largest = onEachLane(
                    lane -> kernels.run(scope, "products", binary_CD, lane.weights(), half, lane.own(tiles), shifted));
            shift_C1 =
                    largest.stream().map(NDList::head).reduce(NDArray::maximum).orElseThrow();
        }
        if (logits != null) {
            onEachLane(lane -> kernels.run(scope, "show", lane.own(tiles), lane.firstColumn(), shown_CV));
            logits.accept(shown_CV);
        }
        // A power of two that has become zero tells nothing of its logit.
        NDArray exact_CM = shifted
                ? kernels.run(scope, "logits_of", memory, entries_CM, false).head()
                : null;
        NDArray shift = shift_C1;
        List<NDList> found = onEachLane(lane -> kernels.run(
                scope,
                "forward",
                binary_CD,
                lane.weights(),
                half,
                given,
                shift,
                positions_C4,
                lane.own(tiles),
                lane.own(tempered)));
        NDArray z_CM = shifted
                ? exact_CM
                : kernels.run(scope, "logits_of", memory, entries_CM, true).head();
        return new Chunk(h_CD, tiles, tempered, shift, memory, entries_CM, z_CM, column(found, 0), column(found, 1));
    }

    /**
     * Takes the gradient of a chunk's logits back into the hidden states and the weight.
     *
     * @param begin the chunk's first position
     * @param sum_C1 sum of the tiles, and that of the tempered ones
     * @param factor_C1 factor of the softmax, and that of the tempered one; without columns where it is 1, or none
     * @param sparse_CM gradient of the entries
     * @param scale factor of the weight's gradient; that of the hidden states is left to {@link #hiddenGradient}
     */
    void backward(
            NDManager scope,
            Chunk chunk,
            long begin,
            NDArray sum_C1,
            NDArray temperedSum_C1,
            NDArray factor_C1,
            NDArray temperedFactor_C1,
            NDArray sparse_CM,
            double scale) {
        kernels.run(
                scope,
                "gradient",
                chunk.memory(),
                chunk.tiles(),
                sum_C1,
                factor_C1,
                chunk.tempered(),
                temperedSum_C1,
                temperedFactor_C1,
                chunk.entries_CM(),
                sparse_CM);
        NDArray divisor_C1 = factor_C1.getShape().get(1) == 0 ? sum_C1 : sum_C1.get(":, :0");
        String range = begin + ":" + (begin + chunk.h_CD().getShape().get(0));
        onEachLane(lane -> kernels.run(
                scope,
                "backward_all",
                lane.own(chunk.tiles()),
                divisor_C1,
                chunk.h_CD(),
                lane.weights(),
                half,
                scale,
                lane.hiddenGradient_ND().get(range),
                lane.weightGradients()));
    }

    /** Gradient of the batch's hidden states. */
    NDArray hiddenGradient(double scale) {
        NDArray sum_ND = lanes.get(0).hiddenGradient_ND();
        lanes.stream().skip(1).forEach(lane -> sum_ND.addi(lane.hiddenGradient_ND()));
        return sum_ND.muli(scale);
    }

    // All lanes have ended when this returns, also where one has failed: what they work on may be freed then.
    private <T> List<T> onEachLane(Function<Lane, T> work) {
        if (workers == null) {
            return List.of(work.apply(lanes.get(0)));
        }
        List<CompletableFuture<T>> results = lanes.stream()
                .map(lane -> CompletableFuture.supplyAsync(() -> work.apply(lane), workers))
                .toList();
        try {
            CompletableFuture.allOf(results.toArray(CompletableFuture[]::new)).join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
        return results.stream().map(CompletableFuture::join).toList();
    }

    private static List<NDArray> column(List<NDList> table, int index) {
        List<NDArray> column = new ArrayList<>();
        table.forEach(row -> column.add(row.get(index)));
        return column;
    }

    private List<NDArray> tiles(NDManager scope, NDArray memory, long first, NDArray h_CD) {
        List<NDArray> weights =
                lanes.stream().flatMap(lane -> lane.weights().stream()).toList();
        return kernels.run(
                scope, "tiles", memory, weights, first, h_CD.getShape().get(0));
    }

    private NDArray memory(long values) {
        if (memory == null || memory.size() < values) {
            if (memory != null) {
                memory.close();
            }
            memory = manager.create(new Shape(values));
        }
        return memory;
    }

    @Override
    public void close() {
        if (workers != null) {
            workers.shutdown();
        }
        manager.close();
    }
}
