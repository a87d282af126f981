package io.logitstream.teacher.served;

/**
 * Log-probabilities of the positions of a batch in flat arrays, row after row. Instances are reusable: the arrays only
 * grow, and can be longer than the current content. Not thread-safe.
 *
 * <p>The support of position {@code i} is {@code [offsets[i], offsets[i + 1])} in {@link #ids()} and {@link
 * #logProbs()}: the K most likely tokens, most likely first, the smaller id first among equals. It has fewer entries
 * where the server gave a log-probability of minus infinity, and where an id belongs to no token of the tokenizer, but at
 * least one. The text's own token is in it only as one of the K most likely.
 */
public final class PromptScores {
    private int positions;
    private int[] offsets = new int[1];
    private int[] ids = new int[0];
    private float[] logProbs = new float[0];
    private float[] textLogProbs = new float[0];

    /**
     * Resizes the content. Afterwards the contents of all arrays are undefined, except that {@code offsets[0]} is 0 and
     * {@code offsets[positions]} is {@code total}. The caller sets the rest.
     *
     * @param newPositions number of positions, at least 0
     * @param total number of entries over all positions, at least 0
     */
    public void resize(int newPositions, int total) {
        if (newPositions < 0 || total < 0) {
            throw new IllegalArgumentException("negative size: " + newPositions + " positions, " + total + " entries");
        }
        positions = newPositions;
        if (textLogProbs.length < positions) {
            offsets = new int[positions + 1];
            textLogProbs = new float[positions];
        }
        if (ids.length < total) {
            ids = new int[total];
            logProbs = new float[total];
        }
        offsets[0] = 0;
        offsets[positions] = total;
    }

    /** Number of positions N. */
    public int positions() {
        return positions;
    }

    /** Number of entries over all positions. */
    public int total() {
        return offsets[positions];
    }

    /** Start of each position's support, and the end of the last one: N + 1 entries. */
    public int[] offsets() {
        return offsets;
    }

    /** Token ids, {@link #total()} entries. */
    public int[] ids() {
        return ids;
    }

    /** Natural log-probabilities under the full-vocabulary softmax at temperature 1, {@link #total()} entries. */
    public float[] logProbs() {
        return logProbs;
    }

    /**
     * Log-probability of the text's own token at each position, N entries; minus infinity if the server gave that. The
     * token need not be part of the support.
     */
    public float[] textLogProbs() {
        return textLogProbs;
    }
}
