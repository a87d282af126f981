package io.logitstream.schemas.logits;

/**
 * The teacher's processed logits of a batch in flat arrays, one entry per predicted position (row after row)
 * and one per kept token. Made to be used again: the arrays only grow, and hold more than the current
 * content's entries where an earlier content was larger. Not thread-safe.
 *
 * <p>The support of position {@code i} is {@code [offsets[i], offsets[i + 1])} in {@link #ids()} and {@link
 * #logProbs()}, most likely first. A support that was sampled has {@link #draws()} above 0 and {@link #counts()} that
 * sum to it at each position; its log-probabilities are then those of the sample, log(count / draws), and not the
 * teacher's.
 */
public final class SparseLogits {

    private int positions;
    private int[] offsets = new int[1];
    private int[] ids = new int[0];
    private float[] logProbs = new float[0];
    private int[] counts = new int[0];
    private int draws;
    private float[] tailMass = new float[0];
    private float[] logSumExp = new float[0];
    private float[] standardDeviation = new float[0];
    private float[] entropy = new float[0];

    /**
     * Makes room; the contents of all arrays are undefined afterwards, except that {@code offsets[0]} is 0 and
     * {@code offsets[positions]} is total. Whoever fills the arrays sets the offsets between them.
     *
     * @param positions number of predicted positions, at least 0
     * @param total number of kept entries over all positions, at least 0
     * @param draws draws per position of a sampled support, 0 for one with the teacher's log-probabilities
     */
    public void resize(int positions, int total, int draws) {
        if (positions < 0 || total < 0 || draws < 0) {
            throw new IllegalArgumentException(
                    "negative size: " + positions + " positions, " + total + " entries, " + draws + " draws");
        }
        this.positions = positions;
        this.draws = draws;
        if (tailMass.length < positions) {
            offsets = new int[positions + 1];
            tailMass = new float[positions];
            logSumExp = new float[positions];
            standardDeviation = new float[positions];
            entropy = new float[positions];
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

    /** As {@link #resize(int, int, int)}, for the teacher's log-probabilities. */
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

    /** N + 1 entries: where each position's support begins, and where the last ends. */
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

    /** How often each kept id was drawn, {@link #total()} entries; undefined unless {@link #draws()} is above 0. */
    public int[] counts() {
        return counts;
    }

    /** N entries: probability outside the support, in [0, 1]. */
    public float[] tailMass() {
        return tailMass;
    }

    /** N entries: log-sum-exp of the full-vocabulary logits; added to a log-probability it gives the logit. */
    public float[] logSumExp() {
        return logSumExp;
    }

    /** N entries: standard deviation of the full-vocabulary logits, in logits. */
    public float[] standardDeviation() {
        return standardDeviation;
    }

    /** N entries: entropy of the full-vocabulary softmax, in nats. */
    public float[] entropy() {
        return entropy;
    }
}
