package io.logitstream.exploration.scaling;

import java.util.Arrays;

/**
 * An estimate with its 95 % bootstrap interval.
 *
 * @param value estimate
 * @param low 2.5th percentile
 * @param high 97.5th percentile
 */
public record ConfidenceInterval(double value, double low, double high) {
    private static final double TAIL = 0.025;

    static ConfidenceInterval of(double value, double[] resampled) {
        double[] sorted = resampled.clone();
        Arrays.sort(sorted);
        return new ConfidenceInterval(value, quantile(sorted, TAIL), quantile(sorted, 1 - TAIL));
    }

    private static double quantile(double[] sorted, double part) {
        double at = part * (sorted.length - 1);
        int below = (int) at;
        return sorted[below] + (at - below) * (sorted[Math.min(below + 1, sorted.length - 1)] - sorted[below]);
    }

    /** Whether a value lies in the interval. */
    public boolean contains(double other) {
        return low <= other && other <= high;
    }
}
