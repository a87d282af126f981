package io.logitstream.schemas.logits;

import java.util.Locale;

/**
 * Check that the probabilities of a support and its tail mass sum to 1. If they do not, the record combines different
 * distributions, or its probabilities refer to a smaller vocabulary. A student would train on it without any error.
 */
public final class ProbabilityMass {
    /**
     * Tolerance for float32: a softmax over 2^18 logits, their log-sum-exp of up to 1,000 and the sum of the support
     * are each exact to less than 1e-4, and {@link #exp} to 1e-5.
     */
    private static final double ROUNDING = 1e-3;

    /**
     * Exponentials at multiples of 1/256 nat down to -24. Below that a vocabulary of 2^20 adds 4e-5. The last one is 0.
     */
    private static final float CELLS_PER_NAT = 256;

    private static final float WHOLE = 3 << 22;
    private static final int LOWEST_BITS = (1 << 22) - 1;
    private static final float[] EXP = exponentials(24);

    private ProbabilityMass() {}

    /**
     * Requires that support and tail of each position sum to 1, within the codec's error. Samples are not checked:
     * their log-probabilities are those of the sample, while the tail mass is the teacher's.
     *
     * @throws CorruptPayloadException for the first position where they do not
     */
    public static void require(SparseLogits logits, LogitsCodec codec) {
        if (logits.draws() > 0) {
            return;
        }
        int[] offsets = logits.offsets();
        float[] logProbs = logits.logProbs();
        for (int i = 0; i < logits.positions(); i++) {
            int from = offsets[i];
            int to = offsets[i + 1];
            double kept = sum(logProbs, from, to);
            double sum = kept + logits.tailMass()[i];
            // The condition is written so that NaN fails.
            if (!(Math.abs(sum - 1) <= ROUNDING + codec.largestMassError(to - from))) {
                throw new CorruptPayloadException(
                        i,
                        String.format(
                                Locale.ROOT,
                                "the probabilities of its %d ids add up to %.4f and its tail mass is %.4f: together %.4f, where a"
                                        + " distribution has 1",
                                to - from,
                                kept,
                                logits.tailMass()[i],
                                sum));
            }
        }
    }

    private static float[] exponentials(int nats) {
        float[] values = new float[nats * (int) CELLS_PER_NAT + 1];
        for (int i = 0; i < values.length - 1; i++) {
            values[i] = (float) StrictMath.exp(-i / CELLS_PER_NAT);
        }
        return values;
    }

    // Four independent sums, because each floating-point addition waits for the result of the previous one.
    private static double sum(float[] logProbs, int from, int to) {
        float first = 0;
        float second = 0;
        float third = 0;
        float fourth = 0;
        int e = from;
        for (; e < to - 3; e += 4) {
            first += exp(logProbs[e]);
            second += exp(logProbs[e + 1]);
            third += exp(logProbs[e + 2]);
            fourth += exp(logProbs[e + 3]);
        }
        for (; e < to; e++) {
            first += exp(logProbs[e]);
        }
        return (double) first + second + third + fourth;
    }

    /** Exponential of a log-probability, exact to a factor of 1e-5. Math.exp would take most of a decoder's time. */
    static float exp(float logarithm) {
        float cell = Math.min(logarithm * -CELLS_PER_NAT, EXP.length - 1);
        // Adding this constant rounds a number to an integer, which is then in the lowest bits.
        float shifted = cell + WHOLE;
        float value = EXP[Float.floatToRawIntBits(shifted) & LOWEST_BITS];
        return value + value * ((shifted - WHOLE - cell) * (1 / CELLS_PER_NAT));
    }
}
