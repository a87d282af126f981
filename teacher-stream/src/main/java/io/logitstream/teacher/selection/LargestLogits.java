package io.logitstream.teacher.selection;

import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * Search for the largest logits of each row in host memory. libtorch's partial sort copies each row as pairs; this one
 * looks only into the blocks whose largest value is among the largest. Block n of N has the ids n, n + N, n + 2 N, ...
 */
final class LargestLogits {
    private static final int SIGN = 0x80000000;

    private final int vocabularySize;
    private final int blocks;
    private final int block;
    private final int wanted;
    private final float[] row;
    private final float[] maxima;
    private final float[] ordered;
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
        this.ordered = new float[blocks];
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
            System.arraycopy(maxima, 0, ordered, 0, blocks);
            collect(largest(ordered, wanted));
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
    private void collect(float limit) {
        found = 0;
        for (int n = 0; n < blocks; n++) {
            if (maxima[n] >= limit) {
                for (int id = n, b = 0; b < block; b++, id += blocks) {
                    if (row[id] >= limit) {
                        add(id);
                    }
                }
            }
        }
        for (int id = blocks * block; id < vocabularySize; id++) {
            if (row[id] >= limit) {
                add(id);
            }
        }
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

    /** The value at a place, counted from 1, in descending order. Reorders the values. */
    static float largest(float[] values, int place) {
        int left = 0;
        int right = values.length - 1;
        int target = place - 1;
        while (left < right) {
            float pivot = values[(left + right) >>> 1];
            int i = left;
            int j = right;
            while (i <= j) {
                while (values[i] > pivot) {
                    i++;
                }
                while (values[j] < pivot) {
                    j--;
                }
                if (i <= j) {
                    float swapped = values[i];
                    values[i++] = values[j];
                    values[j--] = swapped;
                }
            }
            if (target <= j) {
                right = j;
            } else if (target >= i) {
                left = i;
            } else {
                break;
            }
        }
        return values[target];
    }
}
