package io.logitstream.schemas.codec.compact.coding;

/** The columns of a payload without statistics. */
public final class SupportColumns {
    /** Columns in their order: kept entries - 1, rank of the label, tail mass as a difference from its prediction. */
    public static final int KEPT = 0;

    public static final int LABEL = 1;
    public static final int TAIL = 2;
    public static final int COUNT = 3;

    private SupportColumns() {}

    /** Number of tables of a column. */
    public static int contexts(int column) {
        return column == LABEL ? CompactLayout.LABEL_CONTEXTS : 1;
    }

    /** Folds a signed difference into a number from 0: 0, -1, 1, -2, 2 become 0, 1, 2, 3, 4. */
    public static int fold(int difference) {
        return difference << 1 ^ difference >> 31;
    }

    /** The difference that {@link #fold} folded. */
    public static int unfold(int number) {
        return number >>> 1 ^ -(number & 1);
    }
}
