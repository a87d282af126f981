package io.logitstream.model.pruning;

/**
 * Rows of text on which importance and loss are measured.
 *
 * @param rows number of rows
 * @param length tokens of a row; all but the first are predicted
 * @param tokens ids, row by row
 */
public record CalibrationBatch(int rows, int length, int[] tokens) {
    /** Number of tokens that a model predicts in this batch. */
    public long predicted() {
        return (long) rows * (length - 1);
    }
}
