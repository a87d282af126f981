package io.logitstream.teacher.selection;

import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * Search for the largest logits of each row in host memory. libtorch's partial sort copies each row as pairs; this one
 * looks only into the blocks whose largest value is among the largest. Block n of N has the ids n, n + N, n + 2 N, ...
 */
final class LargestLogits {
    private static final int SIGN = 0x80000000;
    /** Classes of blocks by the distance of their largest value from the largest of all. */
    private static final int CLASSES = 256;

    private static final float LEAST_PER_NAT = 8;

    private final int vocabularySize;
    private final int blocks;
    private final int block;
    private final int wanted;
    private final float[] row;
    private final float[] maxima;
    private final int[] classes;
    private final int[] counts = new int[CLASSES];
    /** Blocks of a row that are looked into, and the least value that is of interest there. */
    private final int[] looked;

    private float limit;

    /** Candidates of a row: the value, inverted, in the upper half, the id in the lower one. */
    private long[] candidates = new long[256];

    private int found;

    /**
     * @param vocabularySize V
     * @param blocks number of blocks, at least {@code wanted}
     * @param block ids of a block; those beyond the last whole block are looked at one by one
     * @param wanted logits wanted of each row
     */
    LargestLogits(int vocabularySize, int blocks, int block, int wanted) {
        this.vocabularySize = vocabularySize;
        this.blocks = blocks;
        this.block = block;
        this.wanted = wanted;
        this.row = new float[vocabularySize];
        this.maxima = new float[blocks];
        this.classes = new int[blocks];
        this.looked = new int[blocks];
    }

    /**
     * Ids of the largest logits of each row, in falling order; equal logits are in the order of their ids.
     *
     * @param logits_CV logits of all rows
     * @param maxima_CN largest value of each block
     * @param rows C
     * @return ids [C, K]; null if a row has values that are not numbers
     */
    long[] find(FloatBuffer logits_CV, FloatBuffer maxima_CN, int rows) {
        long[] ids = new long[rows * wanted];
        for (int i = 0; i < rows; i++) {
            logits_CV.get(i * vocabularySize, row);
            maxima_CN.get(i * blocks, maxima);
            collect();
            if (found < wanted) {
                return null;
            }
            Arrays.sort(candidates, 0, found);
            for (int k = 0; k < wanted; k++) {
                ids[i * wanted + k] = (int) candidates[k];
            }
        }
        return ids;
    }

    // As many blocks as are wanted have a value that reaches the limit, so no smaller one is among the largest.
    // Blocks are divided into classes by their largest values, which takes less time than to find the exact limit.
    private void collect() {
        found = 0;
        final float[] row = this.row;
        final int number = look();
        if (number == 0) {
            return;
        }
        final float limit = this.limit;
        for (int i = 0; i < number; i++) {
            for (int id = looked[i], b = 0; b < block; b++, id += blocks) {
                if (row[id] >= limit) {
                    add(id);
                }
            }
        }
        for (int id = blocks * block; id < vocabularySize; id++) {
            if (row[id] >= limit) {
                add(id);
            }
        }
    }

    /** Chooses the blocks to look into, and the limit. Returns their number, 0 where a value is not a number. */
    private int look() {
        final float[] maxima = this.maxima;
        final int[] classes = this.classes;
        final int[] counts = this.counts;
        float largest = maxima[0];
        float smallest = maxima[0];
        for (float value : maxima) {
            if (value > largest) {
                largest = value;
            } else if (value < smallest) {
                smallest = value;
            } else if (Float.isNaN(value)) {
                return 0;
            }
        }
        final float perNat = Math.max(LEAST_PER_NAT, (CLASSES - 1) / (largest - smallest));
        Arrays.fill(counts, 0);
        for (int n = 0; n < blocks; n++) {
            // Rounding keeps the order of the values, so that the classes have it too.
            int ofBlock = Math.min(CLASSES - 1, (int) ((largest - maxima[n]) * perNat));
            classes[n] = ofBlock;
            counts[ofBlock]++;
        }
        int last = 0;
        for (int reached = counts[0]; reached < wanted; reached += counts[last]) {
            last++;
        }
        int number = 0;
        float least = largest;
        for (int n = 0; n < blocks; n++) {
            if (classes[n] <= last) {
                least = maxima[n] < least ? maxima[n] : least;
                looked[number++] = n;
            }
        }
        limit = least;
        return number;
    }

    private void add(int id) {
        if (found == candidates.length) {
            candidates = Arrays.copyOf(candidates, 2 * found);
        }
        // The sum makes a positive zero of a negative one.
        int bits = Float.floatToRawIntBits(row[id] + 0f);
        int ascending = bits < 0 ? ~bits : bits | SIGN;
        candidates[found++] = ((long) (~ascending ^ SIGN) << Integer.SIZE) | id;
    }
}
