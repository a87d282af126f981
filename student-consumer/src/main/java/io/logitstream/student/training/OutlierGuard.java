package io.logitstream.student.training;

import io.logitstream.student.checkpoint.OutlierStatistics;

/**
 * Finds steps whose loss or gradient norm lies far above its recent values. Mean and variance decay exponentially over
 * about 100 steps. An outlier enters the statistics with the value of the limit, not its own, so a level that stays
 * high is accepted as normal after some time.
 */
public final class OutlierGuard {
    /** Steps before the first judgement. */
    static final int LEARNING_STEPS = 50;

    private static final double DECAY = 0.01;

    private final Double deviations;
    private OutlierStatistics statistics;

    /**
     * A guard that continues from stored statistics.
     *
     * @param deviations standard deviations above the mean at which a step is an outlier; null: no step is one
     * @param statistics statistics of the steps so far
     */
    public OutlierGuard(Double deviations, OutlierStatistics statistics) {
        this.deviations = deviations;
        this.statistics = statistics;
    }

    /** A guard that accepts every step. */
    public static OutlierGuard off() {
        return new OutlierGuard(null, OutlierStatistics.EMPTY);
    }

    /** Whether steps are judged at all. */
    boolean isOn() {
        return deviations != null;
    }

    /**
     * Judges a step and adds it to the statistics.
     *
     * @param loss loss of the step, in nats
     * @param norm global norm of its gradient before clipping
     */
    public boolean isOutlier(double loss, double norm) {
        if (deviations == null) {
            return false;
        }
        OutlierStatistics before = statistics;
        boolean judged = before.steps() >= LEARNING_STEPS;
        double lossLimit =
                judged ? before.lossMean() + deviations * Math.sqrt(before.lossVariance()) : Double.POSITIVE_INFINITY;
        double normLimit =
                judged ? before.normMean() + deviations * Math.sqrt(before.normVariance()) : Double.POSITIVE_INFINITY;
        // The first 100 steps have equal weights, as in a plain mean.
        double weight = Math.max(DECAY, 1.0 / (before.steps() + 1));
        double lossStep = Math.min(loss, lossLimit) - before.lossMean();
        double normStep = Math.min(norm, normLimit) - before.normMean();
        statistics = new OutlierStatistics(
                before.steps() + 1,
                before.lossMean() + weight * lossStep,
                (1 - weight) * (before.lossVariance() + weight * lossStep * lossStep),
                before.normMean() + weight * normStep,
                (1 - weight) * (before.normVariance() + weight * normStep * normStep));
        return loss > lossLimit || norm > normLimit;
    }

    /** Statistics of the steps so far; part of every checkpoint. */
    public OutlierStatistics statistics() {
        return statistics;
    }
}
