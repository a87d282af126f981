package io.logitstream.student.config;

/**
 * Finds steps whose loss or gradient norm lies far above what it has been lately: mean and variance decay exponentially
 * over some hundred steps. An outlier is counted as no more than its limit, so that a level that stays high is taken for
 * normal in the end.
 */
public final class OutlierGuard {
    /**
     * What has been seen; part of every checkpoint.
     *
     * @param steps steps seen
     * @param lossMean mean of the loss
     * @param lossVariance its variance
     * @param normMean mean of the gradient norm
     * @param normVariance its variance
     */
    public record State(long steps, double lossMean, double lossVariance, double normMean, double normVariance) {
        public static final State NOTHING = new State(0, 0, 0, 0, 0);
    }

    /** Steps before the first judgement. */
    static final int LEARNING_STEPS = 50;

    private static final double DECAY = 0.01;

    private final Double deviations;
    private State state;

    /**
     * A guard that goes on from a state.
     *
     * @param deviations standard deviations above the mean that make an outlier; null for no guard
     * @param state what has been seen
     */
    public OutlierGuard(Double deviations, State state) {
        this.deviations = deviations;
        this.state = state;
    }

    /** Judges a step and takes it into the statistics. */
    public boolean isOutlier(double loss, double norm) {
        if (deviations == null) {
            return false;
        }
        boolean judged = state.steps >= LEARNING_STEPS;
        double lossLimit =
                judged ? state.lossMean + deviations * Math.sqrt(state.lossVariance) : Double.POSITIVE_INFINITY;
        double normLimit =
                judged ? state.normMean + deviations * Math.sqrt(state.normVariance) : Double.POSITIVE_INFINITY;
        // The first steps weigh alike, as in a plain mean.
        double weight = Math.max(DECAY, 1.0 / (state.steps + 1));
        double lossStep = Math.min(loss, lossLimit) - state.lossMean;
        double normStep = Math.min(norm, normLimit) - state.normMean;
        state = new State(
                state.steps + 1,
                state.lossMean + weight * lossStep,
                (1 - weight) * (state.lossVariance + weight * lossStep * lossStep),
                state.normMean + weight * normStep,
                (1 - weight) * (state.normVariance + weight * normStep * normStep));
        return loss > lossLimit || norm > normLimit;
    }

    public State state() {
        return state;
    }
}
