package io.logitstream.schemas.codec.compact.coding;

/** Tables of the levels of a codec: which one codes the level of an entry. */
public enum LevelTables {
    /** Tables by rank. */
    BY_RANK(1),
    /** Tables by rank, and for the first entry of a support by the number of entries. */
    BY_RANK_AND_SIZE(7);

    /** Number of tables for the ranks after the first: one for each of ranks 1 to 3, then one for each doubling. */
    private static final int LATER = 8;

    private final int starts;

    LevelTables(int starts) {
        this.starts = starts;
    }

    /** Number of tables of first entries, which are the first tables. */
    public int starts() {
        return starts;
    }

    /** Number of tables. As a table, this number stands for a level that has no code. */
    public int count() {
        return starts + LATER;
    }

    /** Table of the first entry of a support. */
    public int first(int size) {
        return Math.min(starts - 1, 31 - Integer.numberOfLeadingZeros(size));
    }

    /** Table of an entry after the first. */
    int later(int rank) {
        return starts - 1 + (rank < 4 ? rank : Math.min(LATER, 2 + 31 - Integer.numberOfLeadingZeros(rank)));
    }
}
