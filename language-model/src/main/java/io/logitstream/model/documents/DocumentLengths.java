package io.logitstream.model.documents;

import java.util.Arrays;

/**
 * The documents of a batch of rows: for each row the lengths of its documents, in order. Attention and positions begin
 * anew with each document. A row of joined documents counts as one.
 */
public final class DocumentLengths {
    private final int positions;
    private final int[][] lengths;

    private DocumentLengths(int positions, int[][] lengths) {
        this.positions = positions;
        this.lengths = lengths;
    }

    /** Rows of one document each. */
    public static DocumentLengths joined(int rows, int positions) {
        int[][] lengths = new int[rows][];
        Arrays.fill(lengths, new int[] {positions});
        return new DocumentLengths(positions, lengths);
    }

    /**
     * The documents of the rows of a record. The last token of a row is predicted only, so it has no position.
     *
     * @param tokens ids of all rows, row after row
     * @param rows number of rows B
     * @param documentEnd id of the token that ends a document, as its last token; null if the documents are joined
     */
    public static DocumentLengths of(int[] tokens, int rows, Integer documentEnd) {
        int length = tokens.length / rows;
        int positions = length - 1;
        if (documentEnd == null) {
            return joined(rows, positions);
        }
        int[][] lengths = new int[rows][];
        int[] ofRow = new int[positions];
        for (int row = 0; row < rows; row++) {
            int documents = 0;
            int begin = 0;
            for (int i = 1; i <= positions; i++) {
                if (i == positions || tokens[row * length + i - 1] == documentEnd) {
                    ofRow[documents++] = i - begin;
                    begin = i;
                }
            }
            lengths[row] = Arrays.copyOf(ofRow, documents);
        }
        return new DocumentLengths(positions, lengths);
    }

    /** Whether a row has more than one document. If none has, the rows are computed as joined ones. */
    public boolean isSplit() {
        return Arrays.stream(lengths).anyMatch(ofRow -> ofRow.length > 1);
    }

    /** Number of rows B. */
    public int rows() {
        return lengths.length;
    }

    /** Positions of a row T. */
    public int positions() {
        return positions;
    }

    /** Lengths of the documents of a row; they add up to T. The array is not to be changed. */
    public int[] ofRow(int row) {
        return lengths[row];
    }

    /** Lengths of the documents of all rows. */
    public int[] all() {
        return Arrays.stream(lengths).flatMapToInt(Arrays::stream).toArray();
    }

    /** Position of each token in its document, from 0, row after row. */
    public long[] positionIds() {
        long[] ids = new long[lengths.length * positions];
        int at = 0;
        for (int length : all()) {
            for (int i = 0; i < length; i++) {
                ids[at++] = i;
            }
        }
        return ids;
    }

    /** Number of each position's document within its row, from 0, row after row. */
    public int[] documentNumbers() {
        int[] numbers = new int[lengths.length * positions];
        int at = 0;
        for (int[] ofRow : lengths) {
            for (int document = 0; document < ofRow.length; document++) {
                Arrays.fill(numbers, at, at + ofRow[document], document);
                at += ofRow[document];
            }
        }
        return numbers;
    }
}
