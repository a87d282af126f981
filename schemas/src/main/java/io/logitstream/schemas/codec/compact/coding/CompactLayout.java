package io.logitstream.schemas.codec.compact.coding;

import java.util.Arrays;

/** Constants of the format that encoder and decoder share: code tables, their contexts and alphabets. */
public final class CompactLayout {
    /** Maximum lengths, in bits, of the codes of columns, counts, levels, kinds and ids. */
    public static final int COLUMN_BITS = 10;

    public static final int COUNT_BITS = 8;
    public static final int LEVEL_BITS = 8;
    public static final int KIND_BITS = 8;
    public static final int ID_BITS = 14;
    /** Maximum length in bits of a column's number with extra bits. */
    public static final long MOST_NUMBER_BITS = COLUMN_BITS + 27;
    /** Maximum length in bits of a level or count with a kind and an id, all with extra bits. */
    public static final long MOST_ENTRY_BITS = COLUMN_BITS + 28 + KIND_BITS + ID_BITS + 27;
    /** Number of symbols of the table of ids: classes of ids, then the dictionary. */
    public static final int MOST_IDS = 4096;

    public static final int MOST_DICTIONARY = MOST_IDS - NumberClasses.FINER.count();

    /**
     * Number of bit streams. The numbers of a pass alternate between them, so that a processor decodes several at once.
     */
    public static final int LANES = 4;
    /**
     * Size of the header: entries, unpredicted ids, smallest log-sum-exp, sizes of the tables and of all lanes but the
     * last.
     */
    public static final int HEADER_BYTES = 4 * (4 + LANES - 1);
    /** Size of the header without the smallest log-sum-exp. */
    public static final int SUPPORTS_HEADER_BYTES = HEADER_BYTES - 4;
    /** Number of tables of the labels' ranks where there is no entropy: one for each doubling of the kept entries. */
    public static final int LABEL_CONTEXTS = 8;

    /** Columns in their order. {@code KEPT} is the number of kept entries - 1, {@code LABEL} the rank of the label. */
    public static final int ENTROPY = 0;

    public static final int KEPT = 1;
    public static final int LABEL = 2;
    public static final int TAIL = 3;
    public static final int LOG_SUM = 4;
    public static final int DEVIATION = 5;
    public static final int COLUMNS = 6;
    /** Number of tables of columns that depend on the entropy: one for each nat, the last for all larger values. */
    private static final int ENTROPY_CONTEXTS = 8;

    /** Number of steps per unit of each statistic. */
    public static final float TAIL_STEPS = 2048;

    public static final float LOG_SUM_STEPS = 16;
    public static final float DEVIATION_STEPS = 64;
    public static final float ENTROPY_STEPS = 64;

    /** Number of classes of differences of levels. */
    public static final int LEVEL_CLASSES = NumberClasses.FINE.of(ProbabilityLevels.MOST) + 1;
    /** Number of tables of counts of a sample, by the largest possible count and the mean of the remaining ones. */
    public static final int COUNT_CONTEXTS = 32;
    /** A count has no code if at most this is possible, because then there is no choice. */
    public static final int LEAST_COUNT = 2;

    /**
     * Kinds of ids: the label (the token that follows in the text), unpredicted, or the i-th id of the earlier support.
     */
    public static final int KIND_LABEL = 0;

    public static final int KIND_OTHER = 1;
    public static final int KIND_EARLIER = 2;
    public static final int MOST_EARLIER = 64;
    public static final int KINDS = KIND_EARLIER + MOST_EARLIER;
    /** Number of tables of kinds, by rank, for positions with an earlier support. */
    public static final int KIND_CONTEXTS = 4;
    /** Contexts of kinds that have no code, because the id is always unpredicted or always the label. */
    public static final int ALL_OTHER = KIND_CONTEXTS;

    public static final int ALL_LABEL = KIND_CONTEXTS + 1;

    /** Maximum number of entries per byte of payload, which bounds the memory that a damaged payload can require. */
    public static final int MOST_ENTRIES_PER_BYTE = 16;

    private static final int KIND_SHIFT = 4;

    private CompactLayout() {}

    /** Number of tables of a column. */
    public static int columnContexts(int column) {
        return column == KEPT || column == LABEL || column == TAIL ? ENTROPY_CONTEXTS : 1;
    }

    /** Table of a column for a position, by the position's quantised entropy. */
    public static int entropyContext(int number) {
        return Math.min(ENTROPY_CONTEXTS - 1, number >>> 6);
    }

    /**
     * Table of a count of at most {@code limit} (above {@link #LEAST_COUNT}) when {@code ids} ids share {@code draws}
     * draws.
     */
    public static int countContext(int limit, int draws, int ids) {
        int mean = Integer.numberOfLeadingZeros(ids) - Integer.numberOfLeadingZeros(draws);
        return 4 * (Math.min(8, 31 - Integer.numberOfLeadingZeros(limit)) - 1) + Math.min(3, mean);
    }

    /** Table of the label's rank where there is no entropy. */
    public static int labelContext(int kept) {
        return Math.min(LABEL_CONTEXTS - 1, 31 - Integer.numberOfLeadingZeros(kept));
    }

    private static int kindContext(int rank) {
        return rank == 0 ? 0 : rank < 3 ? 1 : rank < 8 ? 2 : 3;
    }

    /** Combines the contexts of a level (in the lowest four bits) and a kind. */
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
     * Contexts of a support's entries by rank, at least {@code ranks} of them. That of the first entry is for a support
     * of one entry.
     *
     * @param known contexts computed so far, for the same arguments
     */
    public static byte[] contexts(byte[] known, int ranks, LevelTables levels, boolean earlier, boolean sampled) {
        if (known.length >= ranks) {
            return known;
        }
        byte[] contexts = Arrays.copyOf(known, Math.max(ranks, 2 * known.length));
        for (int rank = known.length; rank < contexts.length; rank++) {
            int level = sampled ? levels.count() : rank == 0 ? levels.first(1) : levels.later(rank);
            contexts[rank] = context(level, earlier ? kindContext(rank) : ALL_OTHER);
        }
        return contexts;
    }
}
