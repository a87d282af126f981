package io.logitstream.student.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.logitstream.model.libtorch.Execution;
import io.logitstream.model.libtorch.OperationThreads;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * The products with the output weight and the softmax between them, tile by tile. Owns the memory of the tiles, which
 * all chunks of all batches share, and the threads.
 *
 * <p>The tiles are divided into lanes, one per thread. A lane has its own part of the vocabulary and its own sum of the
 * hidden states' gradient, so lanes synchronise twice per chunk instead of within every operation.
 *
 * <p>Each pass over the logits costs time; three measures save passes. Logits are binary, those of hidden states times
 * log2(e): a power of two costs half of an exponential. They are not divided by their sum; the two products after them
 * are. The largest logit is computed only where the norms of hidden states and weights (Cauchy-Schwarz) allow a power
 * that overflows float32.
 */
final class TiledSoftmax implements AutoCloseable {
    /**
     * Adjacent tiles that one thread works on.
     *
     * @param firstTile number of the first tile
     * @param firstColumn vocabulary entry at which that tile begins
     * @param weights tiles [W, D] of the output weight
     * @param weightGradients tiles [W, D] of its gradient
     * @param hiddenGradient_ND the lane's part of the hidden states' gradient
     */
    record Lane(
            int firstTile,
            long firstColumn,
            List<NDArray> weights,
            List<NDArray> weightGradients,
            NDArray hiddenGradient_ND) {
        /** This lane's part of a list with one element per tile; an empty list stays empty. */
        <T> List<T> own(List<T> ofAllTiles) {
            return ofAllTiles.isEmpty() ? ofAllTiles : ofAllTiles.subList(firstTile, firstTile + weights.size());
        }
    }

    /** Largest binary logit whose power of two, times any vocabulary size and temperature, is far from overflow. */
    private static final float LARGEST_WITHOUT_SHIFT = 60;

    private final NDManager manager;
    private final LossKernels kernels;
    private final Tiling tiling;
    private final int vocabularySize;
    private final int tileCount;
    private final int laneCount;
    private final Execution execution;
    private final ExecutorService workers;
    private NDArray memory;

    /**
     * A softmax without memory; it is allocated with the first batch.
     *
     * @param parent scope whose device is used
     * @param kernels remain the caller's
     * @param vocabularySize V
     * @param execution how operations run; only where they are not queued, several threads share the tiles
     */
    TiledSoftmax(NDManager parent, LossKernels kernels, Tiling tiling, int vocabularySize, Execution execution) {
        this.manager = parent.newSubManager();
        this.kernels = kernels;
        this.tiling = tiling;
        this.vocabularySize = vocabularySize;
        this.tileCount = Math.toIntExact((vocabularySize + tiling.columns() - 1) / tiling.columns());
        this.execution = execution;
        OperationThreads threads = OperationThreads.current();
        this.laneCount = execution == Execution.QUEUED ? 1 : Math.min(tileCount, threads.count());
        this.workers = laneCount == 1 ? null : threads.split(laneCount, "head");
    }

    /**
     * Begins a batch. Reads a bound of the logits where that costs nothing. Where operations are queued, the logits are
     * always shifted by the largest one, which is one more pass over them.
     *
     * @param scope owner of all arrays of the batch
     * @param batch the batch
     * @param weight_VD output weight
     * @param weightGradient_VD float32 sum to which the weight's gradient is added
     * @param temper whether a softmax of tempered logits is needed as well
     * @param viewer receives the logits [C, V] of each chunk, which are overwritten afterwards; null for none
     */
    BatchPass begin(
            NDManager scope,
            BatchTensors batch,
            NDArray weight_VD,
            NDArray weightGradient_VD,
            boolean temper,
            Consumer<NDArray> viewer) {
        // Negated, so that NaN logits take the shifted path as well.
        boolean shifted = execution == Execution.QUEUED
                || !(kernels.bound(scope, batch, weight_VD, temper) <= LARGEST_WITHOUT_SHIFT);
        List<NDArray> weights = kernels.splitWeight(scope, weight_VD, tiling.columns());
        List<NDArray> gradients = kernels.splitGradient(scope, weightGradient_VD, tiling.columns());
        List<Lane> lanes = IntStream.range(0, laneCount)
                .mapToObj(lane -> {
                    int begin = tileCount * lane / laneCount;
                    int end = tileCount * (lane + 1) / laneCount;
                    return new Lane(
                            begin,
                            begin * tiling.columns(),
                            weights.subList(begin, end),
                            gradients.subList(begin, end),
                            scope.zeros(batch.hidden_ND().getShape(), DataType.FLOAT32));
                })
                .toList();
        return new BatchPass(this, scope, lanes, weights, batch, temper, shifted, viewer);
    }

    LossKernels kernels() {
        return kernels;
    }

    Tiling tiling() {
        return tiling;
    }

    int vocabularySize() {
        return vocabularySize;
    }

    /** Vector of at least so many values, reused from chunk to chunk: fresh pages would cost as much as a softmax. */
    NDArray memory(long values) {
        if (memory == null || memory.size() < values) {
            if (memory != null) {
                memory.close();
            }
            memory = manager.create(new Shape(values));
        }
        return memory;
    }

    /**
     * Does the work of all lanes, each on a thread of its own. All lanes have ended when this returns or throws, as the
     * caller may then free the arrays that they work on.
     */
    <T> List<T> onEachLane(List<Lane> lanes, Function<Lane, T> work) {
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

    /** As {@link #onEachLane}, for work without a result. */
    void runOnEachLane(List<Lane> lanes, Consumer<Lane> work) {
        onEachLane(lanes, lane -> {
            work.accept(lane);
            return true;
        });
    }

    @Override
    public void close() {
        if (workers != null) {
            workers.shutdown();
        }
        manager.close();
    }
}
