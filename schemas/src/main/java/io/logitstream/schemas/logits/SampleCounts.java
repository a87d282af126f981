package io.logitstream.schemas.logits;

/**
 * Log-probabilities of a sampled support, log(count / draws): unbiased targets (Sparse Logit Sampling, arXiv
 * 2503.16870).
 */
public final class SampleCounts {

    /** Logarithms of small counts, which are by far the most frequent. */
    private static final double[] LOGS = new double[256];

    static {
        for (int count = 0; count < LOGS.length; count++) {
            LOGS[count] = Math.log(count);
        }
    }

    private SampleCounts() {}

    /**
     * Sets the log-probabilities from the counts. A count outside [1, draws] results in a value that a check refuses.
     */
    public static void setLogProbs(SparseLogits logits) {
        double logDraws = Math.log(logits.draws());
        int[] counts = logits.counts();
        float[] logProbs = logits.logProbs();
        for (int e = 0; e < logits.total(); e++) {
            int count = counts[e];
            logProbs[e] = (float) ((count >= 0 && count < LOGS.length ? LOGS[count] : Math.log(count)) - logDraws);
        }
    }
}
