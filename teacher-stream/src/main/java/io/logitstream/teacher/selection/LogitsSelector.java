package io.logitstream.teacher.selection;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.logitstream.model.libtorch.TorchScript;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.teacher.config.SelectionConfig;
import java.util.List;

/**
 * Computes the output head and selects logits on the device, in chunks of rows. Only the kept entries are copied to the
 * host. Thread-safe.
 *
 * <p>On a CPU several threads can share the positions of one batch, because libtorch's own threads do not sort in
 * parallel.
 */
public final class LogitsSelector implements AutoCloseable {
    /**
     * Values of one chunk of [rows, vocabulary]: 8 MiB of float32, which stays in the cache of a server CPU. With
     * smaller chunks the calls cost more than the cache saves.
     */
    private static final long CHUNK_VALUES = 2L << 20;
    /**
     * Values of one chunk of given logits: 1 MiB of float32, so that intermediate results stay in the allocator and the
     * cache.
     */
    private static final long GIVEN_VALUES = 1L << 18;
    /**
     * Values of one chunk on a GPU: 128 MiB of float32. There is no cache to stay in, and the kernels read counts of each
     * chunk, for which the host waits. The chunk is memory beside that of the forward pass.
     */
    private static final long GPU_VALUES = 32L << 20;
    /** Minimum number of positions for an additional thread. */
    private static final int SMALLEST_PART = 256;
    /** Most positions need no more than this many entries to reach a usual top-p. */
    private static final long FIRST = 16;
    /** Vocabulary sizes from which larger blocks are faster to search. */
    private static final int MEDIUM_VOCABULARY = 16_384;

    private static final int LARGE_VOCABULARY = RankedSelection.LARGE_VOCABULARY;

    private final TorchScript kernels;
    private final SelectionConfig selection;
    private final ParallelRanges parallel;
    private final RankedSelection ranked;

    /**
     * @param manager scope on the device to run on
     * @param selection which logits are kept
     * @param threads maximum number of threads for one batch
     */
    public LogitsSelector(NDManager manager, SelectionConfig selection, int threads) {
        this.kernels = TorchScript.load(manager, LogitsSelector.class, "selection.py", "ranked.py");
        this.selection = selection;
        this.parallel = new ParallelRanges(threads, SMALLEST_PART);
        int entries = selection.sampled() || selection.topK() == null ? 0 : selection.topK();
        this.ranked = new RankedSelection(manager, kernels, entries, topP());
    }

    /**
     * Selects the logits of a batch.
     *
     * @param outputs_N hidden states [N, D], or logits [N, V] with an empty {@code weight_VD}
     * @param weight_VD output weight [V, D] of the ids that can occur; the softmax excludes the rest of a padded
     *     vocabulary
     * @param vocabularySize number of ids that can occur, V
     * @param stream state of the random numbers of a sample, see {@link SampleSeed}
     * @param into receives the selection
     */
    public void select(NDArray outputs_N, List<NDArray> weight_VD, int vocabularySize, long stream, SparseLogits into) {
        int positions = Math.toIntExact(outputs_N.getShape().get(0));
        gather(parts(outputs_N, weight_VD, vocabularySize, stream, 0), positions, into);
    }

    /**
     * Selects the logits of some positions of a batch.
     *
     * @param outputs_N as for {@link #select}
     * @param first number of the first of these positions within the batch
     * @return the selection in parts, for {@link #gather}
     */
    public List<PartialSelection> parts(
            NDArray outputs_N, List<NDArray> weight_VD, int vocabularySize, long stream, int first) {
        int positions = Math.toIntExact(outputs_N.getShape().get(0));
        NDManager scope = outputs_N.getManager();
        return parallel
                .map(positions, (from, to) -> {
                    NDArray part_N = from == 0 && to == positions ? outputs_N : outputs_N.get(from + ":" + to);
                    if (ranked.serves(outputs_N, vocabularySize)) {
                        return ranked.select(
                                scope,
                                part_N,
                                weight_VD,
                                vocabularySize,
                                chunk(scope, weight_VD, vocabularySize),
                                (inner, rows_N) -> PartialSelection.of(
                                        run(inner, rows_N, weight_VD, vocabularySize, 0, 0), false));
                    }
                    return List.of(PartialSelection.of(
                            run(scope, part_N, weight_VD, vocabularySize, stream, first + from), selection.sampled()));
                })
                .stream()
                .flatMap(List::stream)
                .toList();
    }

    private long firstEntries(long topK) {
        return selection.topP() == null || selection.topP() == 1 ? topK : FIRST;
    }

    private static long chunk(NDManager scope, List<NDArray> weight_VD, int vocabularySize) {
        long values = scope.getDevice().isGpu() ? GPU_VALUES : weight_VD.isEmpty() ? GIVEN_VALUES : CHUNK_VALUES;
        return Math.max(16, values / vocabularySize);
    }

    /** Combines the parts of all positions of a batch, in order. */
    public void gather(List<PartialSelection> parts, int positions, SparseLogits into) {
        PartialSelection.gather(parts, positions, selection.sampled() ? selection.draws() : 0, into);
    }

    private NDList run(
            NDManager scope, NDArray part_N, List<NDArray> weight_VD, int vocabularySize, long stream, int from) {
        long chunk = chunk(scope, weight_VD, vocabularySize);
        if (selection.sampled()) {
            // The draws depend on the block size, see schemas/README.md.
            long block = Math.min(vocabularySize, vocabularySize < LARGE_VOCABULARY ? 32 : 128);
            return kernels.run(
                    scope, "sample", part_N, weight_VD, (long) selection.draws(), stream, (long) from, block, chunk);
        }
        long block = Math.min(
                vocabularySize, vocabularySize < MEDIUM_VOCABULARY ? 16 : vocabularySize < LARGE_VOCABULARY ? 32 : 128);
        long topK = selection.maxKept(vocabularySize);
        return kernels.run(scope, "top", part_N, weight_VD, topP(), topK, firstEntries(topK), block, chunk);
    }

    // The kernel compares in single precision, in which a few tokens may already sum to 1: topP 1 must keep all of
    // topK. The smallest topP must not be rounded to 0, which would keep none.
    private double topP() {
        return selection.topP() != null && selection.topP() < 1
                ? Math.max(Float.MIN_NORMAL, selection.topP())
                : Double.POSITIVE_INFINITY;
    }

    @Override
    public void close() {
        parallel.close();
        ranked.close();
        kernels.close();
    }
}
