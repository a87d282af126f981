package io.logitstream.exploration.results;

import org.hipparchus.distribution.continuous.TDistribution;

/**
 * Number of seeds that a comparison paired by seed needs. A difference d, whose values over seeds have the standard
 * deviation s, is found with probability 0.8 by the two-sided t-test of level a with the fewest n seeds for which n ≥
 * (s / d)² (t(n − 1, 1 − a / 2) + t(n − 1, 0.8))², where t(f, q) is the quantile q of Student's t with f degrees of
 * freedom (Chow, Shao and Wang 2008, section 3.1): within one seed of the exact power. The level is 0.05 divided by the number of comparisons: the one that
 * Holm's correction demands of the first of them.
 */
public final class SeedPower {
    /** Level of the test of one comparison. */
    static final double LEVEL = 0.05;
    /** Largest number of seeds that is told apart from more. */
    public static final int MOST = 1000;

    private static final double POWER = 0.8;

    private SeedPower() {}

    /**
     * Fewest seeds that find a difference.
     *
     * @param difference mean difference between variant and baseline, other than 0
     * @param deviation standard deviation of the difference over seeds
     * @param comparisons number of comparisons of the table, at least 1
     * @return at least 2; {@link #MOST} + 1 if more than {@link #MOST} are needed
     */
    public static int seeds(double difference, double deviation, int comparisons) {
        int low = 1;
        int high = MOST + 1;
        while (high - low > 1) {
            int middle = (low + high) >>> 1;
            if (smallestDifference(deviation, middle, comparisons) <= Math.abs(difference)) {
                high = middle;
            } else {
                low = middle;
            }
        }
        return high;
    }

    /**
     * Smallest difference that a number of seeds finds.
     *
     * @param deviation standard deviation of the difference over seeds
     * @param seeds number of seeds, at least 2
     * @param comparisons number of comparisons of the table, at least 1
     */
    public static double smallestDifference(double deviation, int seeds, int comparisons) {
        TDistribution student = new TDistribution(seeds - 1.0);
        return deviation
                / Math.sqrt(seeds)
                * (student.inverseCumulativeProbability(1 - LEVEL / comparisons / 2)
                        + student.inverseCumulativeProbability(POWER));
    }

    /** A number of seeds as text. */
    public static String text(int seeds) {
        return seeds > MOST ? "more than " + MOST : Integer.toString(seeds);
    }
}
