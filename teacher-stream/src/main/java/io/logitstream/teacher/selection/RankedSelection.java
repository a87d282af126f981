package io.logitstream.teacher.selection;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.logitstream.model.libtorch.TorchScript;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BiFunction;

/**
 * Selection on a CPU, of small vocabularies and few entries: libtorch computes logits and statistics, and the largest
 * logits are searched for in host memory. Thread-safe.
 */
final class RankedSelection implements AutoCloseable {
    /** Vocabulary sizes from which libtorch's search in larger blocks is faster. */
    static final int LARGE_VOCABULARY = 32_768;

    private static final int MOST_ENTRIES = 128;
    private static final int BLOCK = 16;
    /** Least rows of a chunk whose weight is converted from bfloat16 for it, as in the kernel. */
    private static final int CONVERTED_ROWS = 128;
    /** Values of the rows of which powers and sums are computed at a time: 1 MiB, which stays in the cache of a core. */
    private static final long CACHED_VALUES = 1L << 18;
    /** With fewer rows the calls cost more than the cache saves. */
    private static final long LEAST_CACHED_ROWS = 16;

    private final NDManager manager;
    private final TorchScript kernels;
    private final int entries;
    private final double topP;
    /** Kept from batch to batch: the pages of new buffers would be mapped and cleared for each batch. */
    private final Queue<Workspace> unused = new ConcurrentLinkedQueue<>();

    /**
     * @param manager scope that owns the buffers
     * @param kernels those of {@link LogitsSelector}, which closes them
     * @param entries most entries of a position, or 0 for all of the vocabulary
     * @param topP probability mass to keep, infinite if all entries are to be kept
     */
    RankedSelection(NDManager manager, TorchScript kernels, int entries, double topP) {
        this.manager = manager.newSubManager();
        this.kernels = kernels;
        this.entries = entries;
        this.topP = topP;
    }

    /** Memory for one selection at a time. */
    private record Workspace(NDArray logits_SV, NDArray powers_RV, LargestLogits search) {
        boolean fits(long rows, long vocabularySize) {
            return logits_SV.getShape().equals(new Shape(rows, vocabularySize));
        }

        void close() {
            logits_SV.close();
            powers_RV.close();
        }
    }

    /** Whether these logits, or those of these hidden states, are selected here. */
    boolean serves(NDArray outputs_N, int vocabularySize) {
        return entries > 0
                && entries <= MOST_ENTRIES
                && entries <= vocabularySize / BLOCK
                && vocabularySize < LARGE_VOCABULARY
                && !outputs_N.getDevice().isGpu();
    }

    /**
     * Selects the logits of some positions.
     *
     * @param scope receives intermediate results
     * @param chunk rows of a chunk
     * @param sorted selection of rows that are not finite, whose statistics tell where
     */
    List<PartialSelection> select(
            NDManager scope,
            NDArray part_N,
            List<NDArray> weight_VD,
            int vocabularySize,
            long chunk,
            BiFunction<NDManager, NDArray, PartialSelection> sorted) {
        boolean converts = !weight_VD.isEmpty() && weight_VD.get(0).getDataType() == DataType.BFLOAT16;
        long rows = converts ? Math.max(chunk, CONVERTED_ROWS) : chunk;
        long positions = part_N.getShape().get(0);
        List<PartialSelection> parts = new ArrayList<>();
        Workspace workspace = workspace(rows, vocabularySize);
        try {
            for (long begin = 0; begin < positions; begin += rows) {
                try (NDManager chunkScope = scope.newSubManager()) {
                    parts.add(select(chunkScope, part_N, weight_VD, begin, begin + rows, workspace, sorted));
                }
            }
        } finally {
            unused.add(workspace);
        }
        return parts;
    }

    private PartialSelection select(
            NDManager scope,
            NDArray part_N,
            List<NDArray> weight_VD,
            long begin,
            long end,
            Workspace workspace,
            BiFunction<NDManager, NDArray, PartialSelection> sorted) {
        long blocks = workspace.logits_SV.getShape().get(1) / BLOCK;
        NDList of = kernels.run(
                scope,
                "blocks",
                part_N,
                weight_VD,
                begin,
                end,
                blocks,
                (long) BLOCK,
                workspace.logits_SV,
                workspace.powers_RV);
        NDArray logits_CV = of.get(0);
        NDArray statistics_5C = of.get(4);
        int count = Math.toIntExact(logits_CV.getShape().get(0));
        LargestLogits.Found largest = workspace.search.find(
                floats(logits_CV), floats(of.get(1)), floats(of.get(2)), floats(of.get(3)), count);
        if (largest == null) {
            NDArray chunk_N = part_N.get(begin + ":" + (begin + count));
            chunk_N.attach(scope);
            return sorted.apply(scope, chunk_N);
        }
        NDArray largest_CK = scope.create(largest.values(), new Shape(count, entries));
        return PartialSelection.ranked(
                largest.ids(), entries, kernels.run(scope, "keep", largest_CK, statistics_5C, topP));
    }

    private Workspace workspace(long rows, int vocabularySize) {
        Workspace kept = unused.poll();
        if (kept != null && kept.fits(rows, vocabularySize)) {
            return kept;
        }
        if (kept != null) {
            kept.close();
        }
        long cached = Math.min(rows, Math.max(LEAST_CACHED_ROWS, CACHED_VALUES / vocabularySize));
        return new Workspace(
                manager.create(new Shape(rows, vocabularySize)),
                manager.create(new Shape(cached, vocabularySize)),
                new LargestLogits(vocabularySize, vocabularySize / BLOCK, BLOCK, entries, topP));
    }

    // Valid until the array is closed.
    private static FloatBuffer floats(NDArray array) {
        return array.toByteBuffer(true).order(ByteOrder.nativeOrder()).asFloatBuffer();
    }

    @Override
    public void close() {
        manager.close();
    }
}
