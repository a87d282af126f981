package io.logitstream.schemas.logits;

/**
 * The teacher's processed logits of a batch in flat arrays, with one entry per predicted position (row after row) or
 * per kept token. Instances are reusable: the arrays only grow, and can be longer than the current content. Not
 * thread-safe.
 *
 * <p>The support of position {@code i} is {@code [offsets[i], offsets[i + 1])} in {@link #ids()} and {@link
 * #logProbs()}, most likely first. In a sampled support {@link #draws()} is above 0, {@link #counts()} sum to it at
 * each position, and the log-probabilities are those of the sample, log(count / draws), instead of the teacher's.
 *
 * <p>A teacher behind a server tells nothing about the vocabulary outside its answer. Its logits have no
 * {@linkplain #hasStatistics() statistics}, and the accessors of the three columns fail.
 */
public final class SparseLogits {

    private int positions;
    private int[] offsets = new int[1];
    private int[] ids = new int[0];
    private float[] logProbs = new float[0];
    private int[] counts = new int[0];
    private int draws;
    private boolean statistics = true;
    private float[] tailMass = new float[0];
    private float[] logSumExp = new float[0];
    private float[] standardDeviation = new float[0];
    private float[] entropy = new float[0];

    /**
     * Resizes the content, with statistics. Afterwards the contents of all arrays are undefined, except that {@code offsets[0]} is 0 and
     * {@code offsets[positions]} is {@code total}. The caller sets the offsets in between.
     *
     * @param positions number of predicted positions, at least 0
     * @param total number of kept entries over all positions, at least 0
     * @param draws draws per position of a sampled support, 0 for one with the teacher's log-probabilities
     */
    public void resize(int positions, int total, int draws) {
        setSize(positions, total, draws);
        statistics = true;
        if (logSumExp.length < positions) {
            logSumExp = new float[tailMass.length];
            standardDeviation = new float[tailMass.length];
            entropy = new float[tailMass.length];
        }
    }

    /** Resizes the content as {@link #resize(int, int)} does, for logits without statistics. */
    public void resizeWithoutStatistics(int positions, int total) {
        setSize(positions, total, 0);
        statistics = false;
    }

    private void setSize(int positions, int total, int draws) {
        if (positions < 0 || total < 0 || draws < 0) {
            throw new IllegalArgumentException(
                    "negative size: " + positions + " positions, " + total + " entries, " + draws + " draws");
        }
        this.positions = positions;
        this.draws = draws;
        if (tailMass.length < positions) {
            offsets = new int[positions + 1];
            tailMass = new float[positions];
        }
        if (ids.length < total) {
            ids = new int[total];
            logProbs = new float[total];
        }
        if (draws > 0 && counts.length < total) {
            counts = new int[total];
        }
        offsets[0] = 0;
        offsets[positions] = total;
    }

    /** Resizes the content as {@link #resize(int, int, int)} does, for the teacher's log-probabilities (no draws). */
    public void resize(int positions, int total) {
        resize(positions, total, 0);
    }

    /** Number of predicted positions N. */
    public int positions() {
        return positions;
    }

    /** Number of kept entries over all positions. */
    public int total() {
        return offsets[positions];
    }

    /** Start of each position's support, and the end of the last one: N + 1 entries. */
    public int[] offsets() {
        return offsets;
    }

    /** Kept token ids, {@link #total()} entries. */
    public int[] ids() {
        return ids;
    }

    /**
     * Natural log-probabilities at temperature 1 under the full-vocabulary softmax, {@link #total()} entries; log(count
     * / draws) in a sampled support.
     */
    public float[] logProbs() {
        return logProbs;
    }

    /** Draws per position of a sampled support, 0 otherwise. */
    public int draws() {
        return draws;
    }

    /** Number of draws of each kept id, {@link #total()} entries; undefined unless {@link #draws()} is above 0. */
    public int[] counts() {
        return counts;
    }

    /** Probability outside the support, in [0, 1]: N entries. */
    public float[] tailMass() {
        return tailMass;
    }

    /**
     * Whether the statistics over the full vocabulary are known: {@link #logSumExp()}, {@link #standardDeviation()} and
     * {@link #entropy()}.
     */
    public boolean hasStatistics() {
        return statistics;
    }

    /**
     * Log-sum-exp of the full-vocabulary logits: N entries. The sum with a log-probability is the logit.
     *
     * @throws IllegalStateException if there are no statistics
     */
    public float[] logSumExp() {
        requireStatistics();
        return logSumExp;
    }

    /**
     * Standard deviation of the full-vocabulary logits, in logits: N entries.
     *
     * @throws IllegalStateException if there are no statistics
     */
    public float[] standardDeviation() {
        requireStatistics();
        return standardDeviation;
    }

    /**
     * Entropy of the full-vocabulary softmax, in nats: N entries.
     *
     * @throws IllegalStateException if there are no statistics
     */
    public float[] entropy() {
        requireStatistics();
        return entropy;
    }

    private void requireStatistics() {
        if (!statistics) {
            throw new IllegalStateException("these logits have no statistics");
        }
    }
}
