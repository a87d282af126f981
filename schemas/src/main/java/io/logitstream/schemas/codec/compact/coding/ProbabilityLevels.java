package io.logitstream.schemas.codec.compact.coding;

/**
 * Quantisation of log-probabilities to integers (levels). Steps are uniform in the square root of the probability
 * (1/4096), which needs the fewest bits for targets at temperatures up to 2. Below a probability of 1.5e-5 they are
 * uniform in the logarithm (1/8 nat), so that the shape of deep supports is kept. Level 0 stands for -40 nats and
 * below, {@link #MOST} for probability 1.
 */
public final class ProbabilityLevels {
    /** Number of steps of the square root of the probability. */
    public static final int SCALE = 4096;
    /** Level of the square root at which both kinds of steps are equally long; below it steps are logarithmic. */
    private static final int FLOOR = 16;

    private static final int STEPS_PER_NAT = FLOOR / 2;
    private static final double FLOOR_LOG = 2 * StrictMath.log((double) FLOOR / SCALE);
    private static final double LEAST_LOG = -40;
    /** Number of levels with logarithmic steps. */
    static final int LINEAR = (int) Math.round((FLOOR_LOG - LEAST_LOG) * STEPS_PER_NAT);
    /** Level of probability 1. */
    public static final int MOST = LINEAR + SCALE - FLOOR;

    private static final float[] LOG_PROB = logProbs();
    /** Square roots at multiples of 1/256 nat. The error of linear interpolation is below 1/300 of a step. */
    private static final float CELLS_PER_NAT = 256;

    private static final float[] ROOT = roots();

    /** Square of each level's square root in steps, 0 for levels with logarithmic steps. */
    private static final int[] SQUARES = squares();

    private ProbabilityLevels() {}

    private static int[] squares() {
        int[] values = new int[MOST + 1];
        for (int level = LINEAR; level <= MOST; level++) {
            values[level] = (level - LINEAR + FLOOR) * (level - LINEAR + FLOOR);
        }
        return values;
    }

    /** Probability of a level in 2^-24, 0 for levels with logarithmic steps. */
    public static int square(int level) {
        return SQUARES[level];
    }

    /** Tail mass in steps of 1/2048 that remains beside probabilities of this sum, in 2^-24. */
    public static int tailSteps(long squares) {
        return (int) Math.max(0, (1 << 24) - squares + (1 << 12) >> 13);
    }

    private static float[] logProbs() {
        float[] values = new float[MOST + 1];
        for (int level = 0; level < values.length; level++) {
            values[level] = (float)
                    (level < LINEAR
                            ? FLOOR_LOG + (double) (level - LINEAR) / STEPS_PER_NAT
                            : 2 * StrictMath.log((double) (level - LINEAR + FLOOR) / SCALE));
        }
        return values;
    }

    private static float[] roots() {
        float[] values = new float[(int) Math.ceil(-FLOOR_LOG * CELLS_PER_NAT) + 2];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (SCALE * StrictMath.exp(-i / CELLS_PER_NAT / 2)) - FLOOR + LINEAR;
        }
        return values;
    }

    /** Log-probability of each level, in nats. */
    public static float[] table() {
        return LOG_PROB;
    }

    /** The nearest level of a log-probability in nats. Monotonic: a larger argument never gives a smaller level. */
    public static int of(float logProb) {
        if (logProb >= 0) {
            return MOST;
        }
        if (logProb < FLOOR_LOG) {
            return Math.max(0, (int) (LINEAR + (logProb - FLOOR_LOG) * STEPS_PER_NAT + 0.5));
        }
        float cell = -logProb * CELLS_PER_NAT;
        int index = (int) cell;
        float level = ROOT[index] + (cell - index) * (ROOT[index + 1] - ROOT[index]);
        return (int) (level + 0.5f);
    }
}
