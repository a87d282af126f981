package io.logitstream.schemas.logits;

import java.util.Locale;

/**
 * The mass of a position: the probabilities of its support and its tail mass add up to 1. A record in which they do not
 * was put together from parts of different distributions, or its probabilities are those of a smaller vocabulary; a
 * student would train on it without a sign.
 */
public final class ProbabilityMass {
    /**
     * What float32 may leave of 1: a softmax over 2^18 logits, their log-sum-exp of up to 1,000 and the sum of the support
     * are each exact to less than 1e-4, and {@link #exp} to 1e-5.
     */
    private static final double ROUNDING = 1e-3;

    /** Exponentials at whole 1/256 nats down to -24, below which a vocabulary of 2^20 adds 4e-5; the last one is 0. */
    private static final float CELLS_PER_NAT = 256;

    private static final float WHOLE = 3 << 22;
    private static final int LOWEST_BITS = (1 << 22) - 1;
    private static final float[] EXP = exponentials(24);

    private ProbabilityMass() {}

    /**
     * Requires that each position's support and tail add up to 1, within what the codec loses. The log-probabilities of a
     * sample are those of the sample, and its tail is the teacher's: they have no sum.
     *
     * @throws CorruptPayloadException naming the first position where they do not
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
            // Written so that NaN fails.
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

    // Four sums, so that an addition does not wait for the one before.
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

    /** The exponential of a logarithm that is hardly above 0, to 1e-5 of it: Math.exp takes most of a decoder's time. */
    static float exp(float logarithm) {
        float cell = Math.min(logarithm * -CELLS_PER_NAT, EXP.length - 1);
        // Added to this, a number is rounded to a whole one, which then stands in the lowest bits.
        float shifted = cell + WHOLE;
        float value = EXP[Float.floatToRawIntBits(shifted) & LOWEST_BITS];
        return value + value * ((shifted - WHOLE - cell) * (1 / CELLS_PER_NAT));
    }
}
