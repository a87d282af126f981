package io.logitstream.student.checkpoint;

/**
 * Running statistics of the steps' losses and gradient norms, from which outliers are found.
 *
 * @param steps steps counted
 * @param lossMean mean loss, in nats
 * @param lossVariance variance of the loss
 * @param normMean mean of the gradient's global norm
 * @param normVariance variance of the gradient's global norm
 */
public record OutlierStatistics(
        long steps, double lossMean, double lossVariance, double normMean, double normVariance) {
    /** Statistics before the first step. */
    public static final OutlierStatistics EMPTY = new OutlierStatistics(0, 0, 0, 0, 0);
}
