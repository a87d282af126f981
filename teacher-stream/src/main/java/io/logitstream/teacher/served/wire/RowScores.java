package io.logitstream.teacher.served.wire;

import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.teacher.served.PromptScores;

/** Scores of one prompt, position by position. Reusable, not thread-safe. */
public final class RowScores {
    private int positions;
    private int added;
    private int total;
    private int[] ends = new int[0];
    private int[] ids = new int[0];
    private float[] logProbs = new float[0];
    private float[] textLogProbs = new float[0];

    /**
     * Begins a prompt.
     *
     * @param size number of positions
     * @param entries maximum number of entries of a position
     */
    public void start(int size, int entries) {
        positions = size;
        added = 0;
        total = 0;
        if (ends.length < size) {
            ends = new int[size];
            textLogProbs = new float[size];
        }
        int capacity = Math.multiplyExact(size, entries);
        if (ids.length < capacity) {
            ids = new int[capacity];
            logProbs = new float[capacity];
        }
    }

    /**
     * Adds a position with the entries {@code [from, to)} of two arrays.
     *
     * @param textLogProb log-probability of the text's token
     */
    public void add(int[] fromIds, float[] fromLogProbs, int from, int to, float textLogProb) {
        System.arraycopy(fromIds, from, ids, total, to - from);
        System.arraycopy(fromLogProbs, from, logProbs, total, to - from);
        total += to - from;
        textLogProbs[added] = textLogProb;
        ends[added++] = total;
    }

    /** Number of positions that were announced. */
    public int positions() {
        return positions;
    }

    /** Number of positions that were added. */
    public int added() {
        return added;
    }

    /** Number of entries over all positions. */
    public int total() {
        return total;
    }

    /** Writes the scores of several prompts to one batch. */
    public static void join(RowScores[] rows, PromptScores into) {
        int positions = 0;
        int total = 0;
        for (RowScores row : rows) {
            positions += row.positions;
            total = Math.addExact(total, row.total);
        }
        into.resize(positions, total);
        SparseLogits top = into.top();
        int position = 0;
        int entry = 0;
        for (RowScores row : rows) {
            for (int i = 0; i < row.positions; i++) {
                top.offsets()[position + i + 1] = entry + row.ends[i];
            }
            System.arraycopy(row.textLogProbs, 0, into.textLogProbs(), position, row.positions);
            System.arraycopy(row.ids, 0, top.ids(), entry, row.total);
            System.arraycopy(row.logProbs, 0, top.logProbs(), entry, row.total);
            position += row.positions;
            entry += row.total;
        }
    }
}
