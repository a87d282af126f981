package io.logitstream.teacher.selection;

import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * Search for the largest binary logits of each row in host memory. libtorch's partial sort copies each row as pairs; this
 * one looks only into the blocks whose largest value is among the largest. Block n of N has the ids n, n + N, n + 2 N, ...
 */
final class LargestLogits {
    private static final int SIGN = 0x80000000;
    /** Classes of values by their distance from the largest one, and one for all that are further away. */
    private static final int CLASSES = 128;

    private static final float CLASSES_PER_BIT = 8;
    /** Least probability of a logit of each class, relative to that of the largest logit. */
    private static final double[] SHARES = new double[CLASSES];
    /** Mass beyond the one wanted, for sums in float32. */
    private static final double MARGIN = 1e-4;
    /** Greatest rounding of a limit, relative to the largest logit. */
    private static final float ROUNDING = 0x1p-21f;

    static {
        for (int i = 0; i < CLASSES; i++) {
            SHARES[i] = Math.pow(2, -(i + 1) / CLASSES_PER_BIT);
        }
    }

    private final int vocabularySize;
    private final int blocks;
    private final int whole;
    private final int wanted;
    private final double mass;
    private final float[] row;
    private final float[] maxima;
    private final int[] counts = new int[CLASSES + 1];
    private final int[] looked;
    /** Ids of the candidates of a row, with room for one after the last. */
    private final int[] candidates;
    /** Candidates of a row: the value, inverted, in the upper half, the id in the lower one. */
    private final long[] keys;

    private int found;
    /** Whether the limit leaves out no logit that the mass needs. */
    private boolean enough;

    /**
     * @param vocabularySize V
     * @param blocks number of blocks, at least {@code wanted}
     * @param block ids of a block; those beyond the last whole block are looked at one by one
     * @param wanted logits wanted of each row, K
     * @param mass probability that is wanted of each row: where fewer logits have it, fewer are found
     */
    LargestLogits(int vocabularySize, int blocks, int block, int wanted, double mass) {
        this.vocabularySize = vocabularySize;
        this.blocks = blocks;
        this.whole = blocks * block;
        this.wanted = wanted;
        this.mass = mass + MARGIN;
        this.row = new float[vocabularySize];
        this.maxima = new float[blocks];
        this.looked = new int[blocks + 1];
        this.candidates = new int[vocabularySize + 1];
        this.keys = new long[vocabularySize];
    }

    /**
     * Largest logits of some rows, in falling order; equal logits are in the order of their ids. A row of fewer than K ends
     * with logits of minus infinity.
     *
     * @param ids [C, K]
     * @param values [C, K]
     */
    record Found(int[] ids, float[] values) {}

    /**
     * Finds the largest logits of each row.
     *
     * @param logits_CV binary logits of all rows
     * @param maxima_CN largest value of each block
     * @param largest_C largest value of all blocks
     * @param excess_C binary logarithm of the sum of all powers of two, less {@code largest_C}
     * @param rows C
     * @return null if a row has too few values that are numbers
     */
    Found find(FloatBuffer logits_CV, FloatBuffer maxima_CN, FloatBuffer largest_C, FloatBuffer excess_C, int rows) {
        int[] ids = new int[rows * wanted];
        float[] values = new float[rows * wanted];
        Arrays.fill(values, Float.NEGATIVE_INFINITY);
        for (int i = 0; i < rows; i++) {
            logits_CV.get(i * vocabularySize, row);
            maxima_CN.get(i * blocks, maxima);
            collect(nearLimit(largest_C.get(i), excess_C.get(i)));
            if (found < wanted && !enough) {
                collect(largest(maxima.clone(), wanted));
                if (found < wanted) {
                    return null;
                }
            }
            sort();
            int taken = Math.min(found, wanted);
            for (int k = 0; k < taken; k++) {
                int id = (int) keys[k];
                ids[i * wanted + k] = id;
                values[i * wanted + k] = row[id];
            }
        }
        return new Found(ids, values);
    }

    // A limit that at least as many blocks as are wanted reach, and not many more, or that blocks reach whose largest
    // logits
    // alone have the mass: a count by classes takes less time than the exact limit. Not a number where there is none.
    private float nearLimit(float largest, float excess) {
        double needed = mass * Math.pow(2, excess);
        // The largest one has no distance.
        double reachedMass = 1 - SHARES[0];
        enough = false;
        Arrays.fill(counts, 0);
        for (float value : maxima) {
            int distance = (int) ((largest - value) * CLASSES_PER_BIT);
            counts[distance < CLASSES ? distance : CLASSES]++;
        }
        int reached = 0;
        for (int last = 0; last < CLASSES; last++) {
            reached += counts[last];
            reachedMass += counts[last] * SHARES[last];
            if (reached > 2 * wanted) {
                return Float.NaN;
            }
            enough = reachedMass >= needed;
            if (reached >= wanted || enough) {
                return largest - (last + 1) / CLASSES_PER_BIT - Math.abs(largest) * ROUNDING;
            }
        }
        return Float.NaN;
    }

    // Ids whose logits reach the limit lie in blocks whose largest value reaches it, or beyond the blocks. Each id is
    // written, and counted only if it is one of them: a branch would often be predicted wrongly.
    private void collect(float limit) {
        found = 0;
        if (Float.isNaN(limit)) {
            return;
        }
        if (limit == Float.NEGATIVE_INFINITY) {
            // Masked logits: the difference of two infinities has no sign.
            for (int id = 0; id < vocabularySize; id++) {
                candidates[found++] = id;
            }
            return;
        }
        int number = 0;
        for (int n = 0; n < blocks; n++) {
            looked[number] = n;
            number += reaches(maxima[n], limit);
        }
        int next = 0;
        for (int i = 0; i < number; i++) {
            for (int id = looked[i]; id < whole; id += blocks) {
                candidates[next] = id;
                next += reaches(row[id], limit);
            }
        }
        for (int id = whole; id < vocabularySize; id++) {
            candidates[next] = id;
            next += reaches(row[id], limit);
        }
        found = next;
    }

    // 1 or 0, by the sign of the difference. The sum makes a positive zero of a negative one.
    private static int reaches(float value, float limit) {
        return 1 - (Float.floatToRawIntBits(value - limit + 0f) >>> (Integer.SIZE - 1));
    }

    private void sort() {
        for (int i = 0; i < found; i++) {
            int id = candidates[i];
            int bits = Float.floatToRawIntBits(row[id] + 0f);
            int ascending = bits < 0 ? ~bits : bits | SIGN;
            keys[i] = ((long) (~ascending ^ SIGN) << Integer.SIZE) | id;
        }
        Arrays.sort(keys, 0, found);
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
