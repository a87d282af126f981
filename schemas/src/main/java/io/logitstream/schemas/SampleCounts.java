package io.logitstream.schemas;

/** The log-probabilities of a sampled support, log(count / draws): unbiased targets (Sparse Logit Sampling, 2503.16870). */
public final class SampleCounts {

  private SampleCounts() {
  }

  /** Sets the log-probabilities from the counts. Counts outside [1, draws] give values that a check refuses. */
  public static void setLogProbs(SparseLogits logits) {
    double logDraws = Math.log(logits.draws());
    int[] counts = logits.counts();
    float[] logProbs = logits.logProbs();
    for (int e = 0; e < logits.total(); e++) {
      logProbs[e] = (float) (Math.log(counts[e]) - logDraws);
    }
  }
}
