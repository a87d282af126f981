package io.logitstream.teacher.served;

import io.logitstream.schemas.logits.SparseLogits;

/**
 * Log-probabilities of the positions of a batch, row after row. Instances are reusable: the arrays only grow, and can be
 * longer than the current content. Not thread-safe.
 */
public final class PromptScores {
    private final SparseLogits top = new SparseLogits();
    private float[] textLogProbs = new float[0];

    /**
     * Resizes the content. Afterwards the contents of all arrays are undefined, except for the first and the last
     * offset. The caller sets the rest, but not the tail mass.
     *
     * @param positions number of positions, at least 0
     * @param total number of entries over all positions, at least 0
     */
    public void resize(int positions, int total) {
        top.resizeWithoutStatistics(positions, total);
        if (textLogProbs.length < positions) {
            textLogProbs = new float[positions];
        }
    }

    /** Number of positions N. */
    public int positions() {
        return top.positions();
    }

    /**
     * The K most likely tokens of each position, most likely first, the smaller id first among equals. A position has
     * fewer where the server gave a log-probability of minus infinity, and where an id belongs to no token of the
     * tokenizer, but at least one. The text's own token is in it only as one of the K most likely. The tail mass is
     * undefined until a selection is made.
     */
    public SparseLogits top() {
        return top;
    }

    /**
     * Log-probability of the text's own token at each position, N entries; minus infinity if the server gave that. The
     * token need not be among the most likely ones.
     */
    public float[] textLogProbs() {
        return textLogProbs;
    }
}
