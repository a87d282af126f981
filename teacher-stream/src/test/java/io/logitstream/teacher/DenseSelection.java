package io.logitstream.teacher;

import java.util.Arrays;

/**
 * One position's distribution over the whole vocabulary in double precision.
 *
 * @param logits logits by id
 * @param sorted log-probabilities, the most likely first
 * @param logSumExp normaliser
 */
public record DenseSelection(double[] logits, double[] sorted, double logSumExp) {

    public static DenseSelection of(float[] hidden, int position, float[] weight, int size, int vocabulary) {
        double[] logits = new double[vocabulary];
        for (int v = 0; v < vocabulary; v++) {
            for (int d = 0; d < size; d++) {
                logits[v] += (double) hidden[position * size + d] * weight[v * size + d];
            }
        }
        double largest = Arrays.stream(logits).max().orElseThrow();
        double logSumExp = largest
                + Math.log(Arrays.stream(logits).map(z -> Math.exp(z - largest)).sum());
        double[] ascending =
                Arrays.stream(logits).map(z -> z - logSumExp).sorted().toArray();
        double[] sorted = new double[vocabulary];
        for (int i = 0; i < vocabulary; i++) {
            sorted[i] = ascending[vocabulary - 1 - i];
        }
        return new DenseSelection(logits, sorted, logSumExp);
    }

    public double logProb(int id) {
        return logits[id] - logSumExp;
    }

    public double ranked(int rank) {
        return sorted[rank];
    }

    /** Entries kept: the smallest set whose mass reaches p, at least the first; of those at most k. */
    public int count(double p, int k) {
        double mass = 0;
        int count = 0;
        while (count < Math.min(k, sorted.length) && (count == 0 || mass < p)) {
            mass += Math.exp(sorted[count++]);
        }
        return count;
    }

    /** Over the vocabulary as a population. */
    public double standardDeviation() {
        double mean = Arrays.stream(logits).average().orElseThrow();
        return Math.sqrt(Arrays.stream(logits)
                .map(z -> (z - mean) * (z - mean))
                .average()
                .orElseThrow());
    }

    public double entropy() {
        return -Arrays.stream(sorted).map(logP -> Math.exp(logP) * logP).sum();
    }
}
