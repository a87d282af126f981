package io.logitstream.schemas.logits;

/** The log-probabilities of a sampled support, log(count / draws): unbiased targets (Sparse Logit Sampling, 2503.16870). */
public final class SampleCounts {

    /** Logarithms of small counts, which are nearly all. */
    private static final double[] LOGS = new double[256];

    static {
        for (int count = 0; count < LOGS.length; count++) {
            LOGS[count] = Math.log(count);
        }
    }

    private SampleCounts() {}

    /** Sets the log-probabilities from the counts. Counts outside [1, draws] give values that a check refuses. */
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
