package io.logitstream.model.pruning;

import io.logitstream.model.documents.DocumentLengths;

/**
 * Rows of text on which importance and loss are measured.
 *
 * @param rows number of rows
 * @param length tokens of a row; all but the first are predicted
 * @param tokens ids, row by row
 * @param documentEnd id of the token after which attention and positions begin anew; null where a row is one text
 */
public record CalibrationBatch(int rows, int length, int[] tokens, Integer documentEnd) {
    /** Rows each of which is one text. */
    public CalibrationBatch(int rows, int length, int[] tokens) {
        this(rows, length, tokens, null);
    }

    /** The documents of the rows, each of which sees itself alone. */
    DocumentLengths documents() {
        return DocumentLengths.of(tokens, rows, documentEnd);
    }

    /** Number of tokens that a model predicts in this batch. */
    public long predicted() {
        return (long) rows * (length - 1);
    }
}
