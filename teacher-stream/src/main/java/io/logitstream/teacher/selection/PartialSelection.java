package io.logitstream.teacher.selection;

import ai.djl.ndarray.NDList;
import io.logitstream.schemas.logits.SampleCounts;
import io.logitstream.schemas.logits.SparseLogits;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.List;

/**
 * Result of the selection kernel for a part of a batch.
 *
 * @param rows position of each support within the part; null if the supports are in the order of the positions
 * @param counts number of kept entries of each position, in the order of the supports
 * @param ids kept ids
 * @param logProbs their log-probabilities, most likely first; null for a sample
 * @param drawn number of draws of each id, ordered by id; null unless a sample
 * @param statistics tail mass of all positions, then log-sum-exp, standard deviation and entropy in the same way
 */
public record PartialSelection(
        IntBuffer rows,
        IntBuffer counts,
        IntBuffer ids,
        FloatBuffer logProbs,
        IntBuffer drawn,
        FloatBuffer statistics) {

    static PartialSelection of(NDList results, boolean sampled) {
        if (sampled) {
            return new PartialSelection(
                    null, ints(results, 0), ints(results, 1), null, ints(results, 2), floats(results, 3));
        }
        return new PartialSelection(
                ints(results, 0), ints(results, 1), ints(results, 2), floats(results, 3), null, floats(results, 4));
    }

    /**
     * The kept entries of rows whose largest logits are known.
     *
     * @param ids_CK ids of the largest logits of each row, most likely first
     * @param largest K, number of ids for each row
     * @param results number of kept entries of each row, log-probabilities [C, K] and statistics
     */
    static PartialSelection ranked(int[] ids_CK, int largest, NDList results) {
        IntBuffer counts = ints(results, 0);
        FloatBuffer logProbs_CK = floats(results, 1);
        int total = 0;
        for (int i = 0; i < counts.limit(); i++) {
            total += counts.get(i);
        }
        int[] ids = new int[total];
        float[] logProbs = new float[total];
        int to = 0;
        for (int i = 0; i < counts.limit(); i++) {
            int count = counts.get(i);
            System.arraycopy(ids_CK, i * largest, ids, to, count);
            logProbs_CK.get(i * largest, logProbs, to, count);
            to += count;
        }
        return new PartialSelection(
                null, counts, IntBuffer.wrap(ids), FloatBuffer.wrap(logProbs), null, floats(results, 2));
    }

    private static IntBuffer ints(NDList results, int index) {
        return results.get(index).toByteBuffer().asIntBuffer();
    }

    private static FloatBuffer floats(NDList results, int index) {
        return results.get(index).toByteBuffer().asFloatBuffer();
    }

    /** Combines the parts of a batch, in order. */
    static void gather(List<PartialSelection> parts, int positions, int draws, SparseLogits into) {
        into.resize(
                positions, parts.stream().mapToInt(part -> part.ids.remaining()).sum(), draws);
        int[] offsets = into.offsets();
        int first = 0;
        for (PartialSelection part : parts) {
            for (int i = 0; i < part.counts.limit(); i++) {
                offsets[first + part.row(i) + 1] = part.counts.get(i);
            }
            part.copyStatistics(into, first);
            first += part.counts.limit();
        }
        for (int i = 0; i < positions; i++) {
            offsets[i + 1] += offsets[i];
        }
        first = 0;
        for (PartialSelection part : parts) {
            part.copySupports(into, first);
            first += part.counts.limit();
        }
        if (draws > 0) {
            SampleCounts.setLogProbs(into);
        }
    }

    private int row(int i) {
        return rows == null ? i : rows.get(i);
    }

    private void copyStatistics(SparseLogits into, int first) {
        int count = counts.limit();
        statistics.get(0, into.tailMass(), first, count);
        statistics.get(count, into.logSumExp(), first, count);
        statistics.get(2 * count, into.standardDeviation(), first, count);
        statistics.get(3 * count, into.entropy(), first, count);
    }

    private void copySupports(SparseLogits into, int first) {
        int from = 0;
        for (int i = 0; i < counts.limit(); i++) {
            int count = counts.get(i);
            int to = into.offsets()[first + row(i)];
            ids.get(from, into.ids(), to, count);
            if (drawn == null) {
                logProbs.get(from, into.logProbs(), to, count);
            } else {
                drawn.get(from, into.counts(), to, count);
                sortByCount(into.ids(), into.counts(), to, to + count);
            }
            from += count;
        }
    }

    // Insertion sort: stable, so that ids with equal counts stay ordered, and fast for few ids with mostly equal
    // counts.
    private static void sortByCount(int[] ids, int[] counts, int from, int to) {
        for (int i = from + 1; i < to; i++) {
            int id = ids[i];
            int count = counts[i];
            int j = i;
            for (; j > from && counts[j - 1] < count; j--) {
                ids[j] = ids[j - 1];
                counts[j] = counts[j - 1];
            }
            ids[j] = id;
            counts[j] = count;
        }
    }
}
