package io.logitstream.model.documents;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Neighbouring spans of equal length that one call of attention computes. A span is a single document, or several short
 * documents, which a mask keeps apart. One call for each document would cost more than its arithmetic where documents
 * are short, and a mask over a whole row would take T * T values.
 */
public final class DocumentGroup {
    /** Most positions of a span of several documents: the square of it is a mask that stays in the CPU's cache. */
    public static final int MOST_MASKED = 128;

    private final int length;
    private final boolean masked;
    private final List<int[]> spans = new ArrayList<>();

    private DocumentGroup(int length, boolean masked) {
        this.length = length;
        this.masked = masked;
    }

    /** Groups of all positions of a batch, row after row. */
    public static List<DocumentGroup> of(DocumentLengths documents) {
        List<DocumentGroup> groups = new ArrayList<>();
        // Rows that fit under a mask are spans as they are: one call computes all rows.
        boolean wholeRows = documents.positions() <= MOST_MASKED;
        for (int row = 0; row < documents.rows(); row++) {
            int[] lengths = documents.ofRow(row);
            int begin = 0;
            int span = 0;
            for (int i = 0; i < lengths.length; i++) {
                if (span > 0 && span + lengths[i] > MOST_MASKED) {
                    add(groups, span, Arrays.copyOfRange(lengths, begin, i), wholeRows);
                    begin = i;
                    span = 0;
                }
                span += lengths[i];
            }
            add(groups, span, Arrays.copyOfRange(lengths, begin, lengths.length), wholeRows);
        }
        return groups;
    }

    private static void add(List<DocumentGroup> groups, int length, int[] documents, boolean wholeRows) {
        boolean masked = wholeRows || documents.length > 1;
        DocumentGroup last = groups.isEmpty() ? null : groups.get(groups.size() - 1);
        if (last == null || last.length != length || last.masked != masked) {
            last = new DocumentGroup(length, masked);
            groups.add(last);
        }
        last.spans.add(documents);
    }

    /** Number of spans. */
    public int rows() {
        return spans.size();
    }

    /** Positions of a span. */
    public int length() {
        return length;
    }

    /** Whether a mask keeps the documents of a span apart; if not, a span is one document. */
    public boolean isMasked() {
        return masked;
    }

    /**
     * Values that are added to attention's scores, [rows, length, length]: 0 where a position sees another, and negative
     * infinity where not.
     *
     * @param window number of latest positions that a position sees, including itself, or 0 for all
     */
    public float[] mask(long window) {
        float[] mask = new float[spans.size() * length * length];
        Arrays.fill(mask, Float.NEGATIVE_INFINITY);
        int row = 0;
        for (int[] documents : spans) {
            int begin = 0;
            for (int document : documents) {
                for (int i = begin; i < begin + document; i++) {
                    int first = window == 0 ? begin : Math.max(begin, Math.toIntExact(i - window + 1));
                    Arrays.fill(mask, row * length + first, row * length + i + 1, 0f);
                    row++;
                }
                begin += document;
            }
        }
        return mask;
    }
}
