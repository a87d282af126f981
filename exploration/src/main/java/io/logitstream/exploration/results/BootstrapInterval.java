package io.logitstream.exploration.results;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Percentile bootstrap interval of a mean (Efron 1979), a check of the interval by Student's t that assumes no
 * distribution. It is too narrow for few values: the mean of three has ten different resamples. The same values give
 * the same interval.
 *
 * @param low lower end of the 95 % interval
 * @param high upper end
 */
record BootstrapInterval(double low, double high) {
    private static final int RESAMPLES = 10_000;
    private static final double TAIL = 0.025;

    /** Resamples at least two values. */
    static BootstrapInterval of(List<Double> values) {
        SplittableRandom random = new SplittableRandom(1);
        // Sorted, so that the interval does not depend on the order of the seeds.
        double[] sorted =
                values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        double[] means = new double[RESAMPLES];
        for (int i = 0; i < RESAMPLES; i++) {
            double sum = 0;
            for (int draw = 0; draw < sorted.length; draw++) {
                sum += sorted[random.nextInt(sorted.length)];
            }
            means[i] = sum / sorted.length;
        }
        Arrays.sort(means);
        int cut = (int) (TAIL * RESAMPLES);
        return new BootstrapInterval(means[cut], means[RESAMPLES - 1 - cut]);
    }
}
