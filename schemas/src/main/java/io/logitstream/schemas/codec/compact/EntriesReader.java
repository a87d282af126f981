package io.logitstream.schemas.codec.compact;

import io.logitstream.schemas.codec.compact.coding.BitReader;
import io.logitstream.schemas.codec.compact.coding.CompactLayout;
import io.logitstream.schemas.codec.compact.coding.DecodeTable;
import io.logitstream.schemas.codec.compact.coding.LaneReader;
import io.logitstream.schemas.codec.compact.coding.LevelTables;
import io.logitstream.schemas.codec.compact.coding.ProbabilityLevels;
import io.logitstream.schemas.logits.SparseLogits;

/** Reads levels and kinds of all entries. For valid data, no branch in the loops depends on the data. */
final class EntriesReader {
    private final LevelTables levels;
    private final EntryContexts contexts;
    private final LevelTable levelTable;
    private final DecodeTable kindTable =
            new DecodeTable(CompactLayout.KIND_CONTEXTS + 2, CompactLayout.KINDS, CompactLayout.KIND_BITS);
    private byte[] contextOf = new byte[0];
    private byte[] kindOf = new byte[0];
    private int[] below = new int[0];
    private int[] tails = new int[0];

    EntriesReader(LevelTables levels) {
        this.levels = levels;
        contexts = new EntryContexts(levels);
        levelTable = new LevelTable(levels);
        kindTable.setOnly(CompactLayout.ALL_OTHER, CompactLayout.KIND_OTHER);
        kindTable.setOnly(CompactLayout.ALL_LABEL, CompactLayout.KIND_LABEL);
    }

    void readLevelTables(BitReader in) {
        for (int context = 0; context < levels.count(); context++) {
            levelTable.read(in, context);
        }
    }

    void readKindTables(BitReader in) {
        for (int context = 0; context < CompactLayout.KIND_CONTEXTS; context++) {
            kindTable.read(in, context);
        }
    }

    /**
     * Reads log-probabilities and kinds. In a sample the log-probabilities are undefined.
     *
     * @param earlier earlier positions as in {@link EntryContexts#of}
     * @param labels ranks of the labels as in {@link EntryContexts#of}
     */
    void read(LaneReader lanes, int[] earlier, int[] labels, SparseLogits into) {
        contextOf = contexts.of(into, earlier, labels);
        if (kindOf.length < into.total()) {
            kindOf = new byte[into.total()];
            below = new int[into.total()];
        }
        readCodes(lanes, into.total());
        if (levels == LevelTables.BY_RANK) {
            setLogProbs(into.total(), into.logProbs());
        } else {
            setLogProbsAndTails(into);
        }
    }

    /** Kind of each entry. */
    byte[] kinds() {
        return kindOf;
    }

    /** Number of bits of the codes of the kinds. */
    long kindBits(int total) {
        byte[] lengths = kindTable.lengths();
        long bits = 0;
        for (int e = 0; e < total; e++) {
            bits += lengths[CompactLayout.kindOf(contextOf[e]) * CompactLayout.KINDS + kindOf[e]];
        }
        return bits;
    }

    // Two entries of each lane per iteration: the codes of their levels and kinds fit into one 64-bit word.
    private void readCodes(LaneReader lanes, int count) {
        final byte[] in = lanes.bytes;
        final long[] at = lanes.at;
        final long limit = lanes.limit();
        final byte[] contexts = contextOf;
        final byte[] kindOf = this.kindOf;
        final int[] below = this.below;
        final int[] table = levelTable.entries;
        final char[] kinds = kindTable.slots;
        long p0 = at[0];
        long p1 = at[1];
        long p2 = at[2];
        long p3 = at[3];
        int e = 0;
        for (; e < count - 7; e += 8) {
            if ((limit - p0 | limit - p1 | limit - p2 | limit - p3) < 0) {
                throw LaneReader.tooShort();
            }
            int c0 = contexts[e];
            long w0 = LaneReader.word(in, p0);
            int l0 = table[levelSlot(c0, w0)];
            int k0 = kinds[kindSlot(c0, w0 >>> l0)];
            below[e] = below(w0, l0);
            kindOf[e] = (byte) (k0 >>> 4);
            int n0 = (l0 & 63) + (k0 & 15);
            w0 >>>= n0;
            c0 = contexts[e + 4];
            l0 = table[levelSlot(c0, w0)];
            k0 = kinds[kindSlot(c0, w0 >>> l0)];
            below[e + 4] = below(w0, l0);
            kindOf[e + 4] = (byte) (k0 >>> 4);
            p0 += n0 + (l0 & 63) + (k0 & 15);
            int c1 = contexts[e + 1];
            long w1 = LaneReader.word(in, p1);
            int l1 = table[levelSlot(c1, w1)];
            int k1 = kinds[kindSlot(c1, w1 >>> l1)];
            below[e + 1] = below(w1, l1);
            kindOf[e + 1] = (byte) (k1 >>> 4);
            int n1 = (l1 & 63) + (k1 & 15);
            w1 >>>= n1;
            c1 = contexts[e + 5];
            l1 = table[levelSlot(c1, w1)];
            k1 = kinds[kindSlot(c1, w1 >>> l1)];
            below[e + 5] = below(w1, l1);
            kindOf[e + 5] = (byte) (k1 >>> 4);
            p1 += n1 + (l1 & 63) + (k1 & 15);
            int c2 = contexts[e + 2];
            long w2 = LaneReader.word(in, p2);
            int l2 = table[levelSlot(c2, w2)];
            int k2 = kinds[kindSlot(c2, w2 >>> l2)];
            below[e + 2] = below(w2, l2);
            kindOf[e + 2] = (byte) (k2 >>> 4);
            int n2 = (l2 & 63) + (k2 & 15);
            w2 >>>= n2;
            c2 = contexts[e + 6];
            l2 = table[levelSlot(c2, w2)];
            k2 = kinds[kindSlot(c2, w2 >>> l2)];
            below[e + 6] = below(w2, l2);
            kindOf[e + 6] = (byte) (k2 >>> 4);
            p2 += n2 + (l2 & 63) + (k2 & 15);
            int c3 = contexts[e + 3];
            long w3 = LaneReader.word(in, p3);
            int l3 = table[levelSlot(c3, w3)];
            int k3 = kinds[kindSlot(c3, w3 >>> l3)];
            below[e + 3] = below(w3, l3);
            kindOf[e + 3] = (byte) (k3 >>> 4);
            int n3 = (l3 & 63) + (k3 & 15);
            w3 >>>= n3;
            c3 = contexts[e + 7];
            l3 = table[levelSlot(c3, w3)];
            k3 = kinds[kindSlot(c3, w3 >>> l3)];
            below[e + 7] = below(w3, l3);
            kindOf[e + 7] = (byte) (k3 >>> 4);
            p3 += n3 + (l3 & 63) + (k3 & 15);
        }
        at[0] = p0;
        at[1] = p1;
        at[2] = p2;
        at[3] = p3;
        for (; e < count; e++) {
            int context = contexts[e];
            long word = LaneReader.word(in, Math.min(limit, at[e & 3]));
            int level = table[levelSlot(context, word)];
            int kind = kinds[kindSlot(context, word >>> level)];
            at[e & 3] += (level & 63) + (kind & 15);
            below[e] = below(word, level);
            kindOf[e] = (byte) (kind >>> 4);
        }
    }

    // Difference to the previous level. At the start of a support it is negative, relative to level 0.
    private static int below(long word, int entry) {
        return (entry >> 17) + ((int) (word >>> (entry >>> 11)) & (1 << (entry >>> 6)) - 1);
    }

    private void setLogProbs(int count, float[] logProbs) {
        final byte[] contexts = contextOf;
        final int[] below = this.below;
        final float[] logProbOfLevel = ProbabilityLevels.table();
        final int starts = levels.starts();
        int level = 0;
        for (int e = 0; e < count; e++) {
            // At the start of a support the previous level is 0. This uses no branch, because it would be
            // unpredictable.
            level = (level & ~((contexts[e] & 15) - starts >> 31)) - below[e];
            if (level < 0) {
                throw LaneReader.corrupt("a log-probability below the minimum");
            }
            logProbs[e] = logProbOfLevel[level];
        }
    }

    private void setLogProbsAndTails(SparseLogits into) {
        if (tails.length < into.positions()) {
            tails = new int[into.positions()];
        }
        final float[] logProbs = into.logProbs();
        final int[] below = this.below;
        final float[] logProbOfLevel = ProbabilityLevels.table();
        for (int i = 0; i < into.positions(); i++) {
            int level = 0;
            long squares = 0;
            int to = into.offsets()[i + 1];
            for (int e = into.offsets()[i]; e < to; e++) {
                level -= below[e];
                if (level < 0) {
                    throw LaneReader.corrupt("a log-probability below the minimum");
                }
                logProbs[e] = logProbOfLevel[level];
                squares += ProbabilityLevels.square(level);
            }
            tails[i] = ProbabilityLevels.tailSteps(squares);
        }
    }

    /** The tail mass of each position as its log-probabilities predict it; only without statistics. */
    int[] predictedTails() {
        return tails;
    }

    private static int levelSlot(int context, long word) {
        return (context & 15) << CompactLayout.LEVEL_BITS | (int) word & (1 << CompactLayout.LEVEL_BITS) - 1;
    }

    private static int kindSlot(int context, long word) {
        return context >>> 4 << CompactLayout.KIND_BITS | (int) word & (1 << CompactLayout.KIND_BITS) - 1;
    }
}
