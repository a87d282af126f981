package io.logitstream.schemas.codec.compact.coding;

import java.util.Arrays;

/** Computes the lengths of prefix codes from the frequencies of symbols. Not thread-safe. */
public final class CodeLengths {
    /** Symbols sorted by the class of their count, rarest first. */
    private final int[] sorted = new int[CompactLayout.MOST_IDS];

    private final int[] lengths = new int[CompactLayout.MOST_IDS];
    private final int[] firsts = new int[NumberClasses.FINER.count() + 1];
    private final long[] weights = new long[2 * CompactLayout.MOST_IDS];
    private final int[] parents = new int[2 * CompactLayout.MOST_IDS];

    /**
     * Computes the lengths of Huffman's code for counts that are rounded to an eighth. If codes exceed the maximum
     * length, the result is a near-optimal code within it.
     *
     * @param counts counts of the symbols, starting at {@code from}
     * @param result receives the lengths, 0 for symbols that do not occur
     * @param most maximum length in bits, sufficient for all symbols
     */
    void of(int[] counts, int from, int alphabet, byte[] result, int most) {
        int used = sort(counts, from, alphabet);
        Arrays.fill(result, 0, alphabet, (byte) 0);
        if (used == 0) {
            return;
        }
        if (used == 1) {
            result[sorted[0]] = 1;
            return;
        }
        merge(used);
        limit(used, most);
        for (int i = 0; i < used; i++) {
            result[sorted[i]] = (byte) lengths[i];
        }
    }

    private int sort(int[] counts, int from, int alphabet) {
        Arrays.fill(firsts, 0);
        for (int symbol = 0; symbol < alphabet; symbol++) {
            firsts[NumberClasses.FINER.of(counts[from + symbol])]++;
        }
        firsts[0] = 0;
        int place = 0;
        for (int weight = 1; weight < firsts.length; weight++) {
            int count = firsts[weight];
            firsts[weight] = place;
            place += count;
        }
        for (int symbol = 0; symbol < alphabet; symbol++) {
            int count = counts[from + symbol];
            if (count > 0) {
                int weight = NumberClasses.FINER.of(count);
                weights[firsts[weight]] = NumberClasses.FINER.base(weight);
                sorted[firsts[weight]++] = symbol;
            }
        }
        return place;
    }

    // Huffman's algorithm on sorted weights. The weights of inner nodes increase, so the two smallest are at the heads
    // of two queues.
    private void merge(int used) {
        int leaf = 0;
        int inner = used;
        for (int node = used; node < 2 * used - 1; node++) {
            long sum = 0;
            for (int child = 0; child < 2; child++) {
                boolean isLeaf = leaf < used && (inner == node || weights[leaf] <= weights[inner]);
                int smaller = isLeaf ? leaf++ : inner++;
                parents[smaller] = node;
                sum += weights[smaller];
            }
            weights[node] = sum;
        }
        parents[2 * used - 2] = 0;
        // From here on, the array of weights holds the depths of the inner nodes.
        weights[2 * used - 2] = 0;
        for (int node = 2 * used - 3; node >= 0; node--) {
            long depth = weights[parents[node]] + 1;
            weights[node] = depth;
            if (node < used) {
                lengths[node] = (int) depth;
            }
        }
    }

    // Codes above the maximum are cut to it. Then the rarest other codes that can grow are lengthened until all codes
    // fit, and the remaining space shortens the most frequent codes that can use it.
    private void limit(int used, int most) {
        long free = 1L << most;
        for (int i = 0; i < used; i++) {
            lengths[i] = Math.min(lengths[i], most);
            free -= 1L << most - lengths[i];
        }
        while (free < 0) {
            for (int i = 0; i < used && free < 0; i++) {
                if (lengths[i] < most) {
                    lengths[i]++;
                    free += 1L << most - lengths[i];
                }
            }
        }
        while (free > 0) {
            for (int i = used - 1; i >= 0 && free > 0; i--) {
                if (lengths[i] > 1 && 1L << most - lengths[i] <= free) {
                    free -= 1L << most - lengths[i];
                    lengths[i]--;
                }
            }
        }
    }
}
