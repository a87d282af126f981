package io.logitstream.schemas.codec.compact.coding;

import java.util.Arrays;

/** What encoder and decoder must agree on: tables, their contexts and alphabets. */
public final class CompactLayout {
    /** Longest codes of the columns, the counts, the levels, the kinds and the ids, in bits. */
    public static final int COLUMN_BITS = 10;

    public static final int COUNT_BITS = 8;
    public static final int LEVEL_BITS = 8;
    public static final int KIND_BITS = 8;
    public static final int ID_BITS = 14;
    /** Symbols of the table of ids: classes of ids, and then the dictionary. */
    public static final int MOST_IDS = 4096;

    public static final int MOST_DICTIONARY = MOST_IDS - NumberClasses.FINER.count();

    /** Streams of bits: the numbers of a pass take turns in them, so that a processor works on several at a time. */
    public static final int LANES = 4;
    /** Bytes before the bits: entries, others, smallest log-sum-exp, bytes of the tables and of all lanes but the last. */
    public static final int HEADER_BYTES = 4 * (4 + LANES - 1);

    /** Columns of numbers, in this order; kept entries - 1, and the place of the label. */
    public static final int ENTROPY = 0;

    public static final int KEPT = 1;
    public static final int LABEL = 2;
    public static final int TAIL = 3;
    public static final int LOG_SUM = 4;
    public static final int DEVIATION = 5;
    public static final int COLUMNS = 6;
    /** Tables of those columns that depend on the entropy: one for each nat, the last for all above. */
    private static final int ENTROPY_CONTEXTS = 8;

    /** Steps of the statistics, one by. */
    public static final float TAIL_STEPS = 2048;

    public static final float LOG_SUM_STEPS = 16;
    public static final float DEVIATION_STEPS = 64;
    public static final float ENTROPY_STEPS = 64;

    /** Tables of levels: one for each of the first 4 ranks, then one for each doubling of the rank. */
    public static final int LEVEL_CONTEXTS = 9;
    /** In place of a table of levels: there is nothing to read. */
    static final int NO_LEVEL = LEVEL_CONTEXTS;
    /** Classes of the differences of levels. */
    public static final int LEVEL_CLASSES = NumberClasses.FINE.of(ProbabilityLevels.MOST) + 1;
    /** Tables of counts of a sample: by the largest count that is possible and the mean of those that are left. */
    public static final int COUNT_CONTEXTS = 32;
    /** A count is not coded where at most this is possible: then there is no choice. */
    public static final int LEAST_COUNT = 2;

    /** Kinds of an id: the token that follows in the text, none of the predictions, or the i-th of the earlier support. */
    public static final int KIND_LABEL = 0;

    public static final int KIND_OTHER = 1;
    public static final int KIND_EARLIER = 2;
    public static final int MOST_EARLIER = 64;
    public static final int KINDS = KIND_EARLIER + MOST_EARLIER;
    /** Tables of kinds: by rank, for positions with an earlier one. */
    public static final int KIND_CONTEXTS = 4;
    /** In place of a table of kinds: the id is another, or the label, and there is nothing to read. */
    public static final int ALL_OTHER = KIND_CONTEXTS;

    public static final int ALL_LABEL = KIND_CONTEXTS + 1;

    /** More entries than this by a byte of payload cannot be: what bounds the memory that a damaged payload can ask for. */
    public static final int MOST_ENTRIES_PER_BYTE = 16;

    private static final int KIND_SHIFT = 4;

    private CompactLayout() {}

    /** Number of tables of a column. */
    public static int columnContexts(int column) {
        return column == KEPT || column == LABEL || column == TAIL ? ENTROPY_CONTEXTS : 1;
    }

    /** Which of a column's tables a position has, by the number that stands for its entropy. */
    public static int entropyContext(int number) {
        return Math.min(ENTROPY_CONTEXTS - 1, number >>> 6);
    }

    /** Table of a count of at most {@code limit}, above {@link #LEAST_COUNT}, of {@code ids} that have {@code draws}. */
    public static int countContext(int limit, int draws, int ids) {
        int mean = Integer.numberOfLeadingZeros(ids) - Integer.numberOfLeadingZeros(draws);
        return 4 * (Math.min(8, 31 - Integer.numberOfLeadingZeros(limit)) - 1) + Math.min(3, mean);
    }

    private static int levelContext(int rank) {
        return rank < 4 ? rank : Math.min(LEVEL_CONTEXTS - 1, 2 + 31 - Integer.numberOfLeadingZeros(rank));
    }

    private static int kindContext(int rank) {
        return rank == 0 ? 0 : rank < 3 ? 1 : rank < 8 ? 2 : 3;
    }

    /** Tables of levels and of kinds in one: the former in the lowest four bits. */
    public static byte context(int level, int kind) {
        return (byte) (kind << KIND_SHIFT | level);
    }

    public static int levelOf(byte context) {
        return context & (1 << KIND_SHIFT) - 1;
    }

    public static int kindOf(byte context) {
        return context >>> KIND_SHIFT;
    }

    /**
     * Contexts of a support's entries by rank, at least {@code ranks} of them.
     *
     * @param known those known so far, for the same {@code earlier} and {@code sampled}
     */
    public static byte[] contexts(byte[] known, int ranks, boolean earlier, boolean sampled) {
        if (known.length >= ranks) {
            return known;
        }
        byte[] contexts = Arrays.copyOf(known, Math.max(ranks, 2 * known.length));
        for (int rank = known.length; rank < contexts.length; rank++) {
            contexts[rank] = context(sampled ? NO_LEVEL : levelContext(rank), earlier ? kindContext(rank) : ALL_OTHER);
        }
        return contexts;
    }
}
