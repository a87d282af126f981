package io.logitstream.model.generation;

import io.logitstream.messages.ModelException;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Draws tokens from logits. It computes in double precision on the CPU, so that a seed gives the same tokens on any
 * device. Not safe for several threads.
 */
public final class Sampler {
    private final Sampling sampling;
    private final SplittableRandom random;

    /** A sampler at the beginning of its random sequence. */
    public Sampler(Sampling sampling) {
        this.sampling = sampling;
        this.random = new SplittableRandom(sampling.seed());
    }

    /**
     * Draws the next token.
     *
     * @param logits V logits, one for each token
     * @return token id; with temperature 0 the most likely one, the lowest of equals
     * @throws ModelException if a logit is NaN or plus infinity, or all are minus infinity
     */
    public int next(float[] logits) {
        requireNumbers(logits);
        if (sampling.temperature() == 0) {
            return largest(logits);
        }
        int[] ids = sampling.topK() == null && sampling.topP() == null ? null : mostLikelyFirst(logits);
        int count = sampling.topK() == null ? logits.length : Math.min(sampling.topK(), logits.length);
        double[] weights = new double[count];
        double top = logits[ids == null ? largest(logits) : ids[0]];
        double total = 0;
        for (int i = 0; i < count; i++) {
            weights[i] = Math.exp((logits[ids == null ? i : ids[i]] - top) / sampling.temperature());
            total += weights[i];
        }
        if (sampling.topP() != null) {
            double enough = sampling.topP() * total;
            total = 0;
            count = 0;
            while (count < weights.length && total < enough) {
                total += weights[count++];
            }
        }
        int drawn = draw(weights, count, total);
        return ids == null ? drawn : ids[drawn];
    }

    private static void requireNumbers(float[] logits) {
        float largest = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < logits.length; i++) {
            if (Float.isNaN(logits[i]) || logits[i] == Float.POSITIVE_INFINITY) {
                throw new ModelException("the model's logits are not finite, first for token " + i
                        + "; its weights contain NaN, or its activations overflow, as half-precision models can");
            }
            largest = Math.max(largest, logits[i]);
        }
        if (largest == Float.NEGATIVE_INFINITY) {
            throw new ModelException("the model's logits are all minus infinity");
        }
    }

    private int draw(double[] weights, int count, double total) {
        double left = random.nextDouble() * total;
        for (int i = 0; i < count - 1; i++) {
            left -= weights[i];
            if (left < 0) {
                return i;
            }
        }
        return count - 1;
    }

    private static int largest(float[] logits) {
        int best = 0;
        for (int i = 1; i < logits.length; i++) {
            if (logits[i] > logits[best]) {
                best = i;
            }
        }
        return best;
    }

    // Sorts keys that hold an order-preserving image of the negated logit above the id: no boxing, and equal logits are
    // ordered by id.
    private static int[] mostLikelyFirst(float[] logits) {
        long[] keys = new long[logits.length];
        for (int i = 0; i < logits.length; i++) {
            int bits = Float.floatToIntBits(-logits[i]);
            int ordered = bits ^ (bits >> 31 & Integer.MAX_VALUE);
            keys[i] = (long) ordered << 32 | i;
        }
        Arrays.sort(keys);
        return Arrays.stream(keys).mapToInt(key -> (int) key).toArray();
    }
}
