package io.logitstream.schemas.codec.compact;

import io.logitstream.schemas.codec.compact.coding.BitWriter;
import io.logitstream.schemas.codec.compact.coding.CodeLengths;
import io.logitstream.schemas.codec.compact.coding.CompactLayout;
import io.logitstream.schemas.codec.compact.coding.EncodeTable;
import io.logitstream.schemas.codec.compact.coding.LaneWriter;
import io.logitstream.schemas.codec.compact.coding.LevelTables;
import io.logitstream.schemas.codec.compact.coding.NumberClasses;
import io.logitstream.schemas.codec.compact.coding.ProbabilityLevels;
import io.logitstream.schemas.logits.PayloadShape;
import io.logitstream.schemas.logits.SparseLogits;
import java.util.Arrays;

/** Determines and writes the levels and kinds of all entries, and collects the ids that are not predicted. */
final class EntriesWriter {
    private static final byte[] LEVEL_CLASS = new byte[ProbabilityLevels.MOST + 1];

    static {
        for (int value = 0; value < LEVEL_CLASS.length; value++) {
            LEVEL_CLASS[value] = (byte) NumberClasses.FINE.of(value);
        }
    }

    private final PreviousOccurrences cache = new PreviousOccurrences();
    private final SupportIndex earlierSupport = new SupportIndex();
    private final LevelTables levelTables;
    private final EncodeTable levels;
    private final EncodeTable kinds =
            new EncodeTable(CompactLayout.KIND_CONTEXTS, CompactLayout.KINDS, CompactLayout.KIND_BITS);
    /**
     * Codes of the levels as in {@link EncodeTable#codes}, then 5 bits for the number of extra bits and 5 for the sum.
     */
    private final int[] levelCodes;
    /**
     * For each rank, the indexes of the first level and of the first kind in the tables. The level of rank 0 is that of
     * a support of one entry.
     */
    private int[] firstNumbers = new int[0];
    /**
     * For each entry: difference of levels in the upper 13 bits, then 10 bits for the level's index and 9 for the
     * kind's.
     */
    private int[] entries = new int[0];

    private int[] others = new int[0];
    private int otherCount;

    EntriesWriter(LevelTables levelTables) {
        this.levelTables = levelTables;
        levels = new EncodeTable(levelTables.count(), CompactLayout.LEVEL_CLASSES, CompactLayout.LEVEL_BITS);
        levelCodes = new int[levels.codes.length];
    }

    /**
     * Collects the entries.
     *
     * @param labels receives the rank of each position's label in its support, from 1, or 0
     */
    void set(SparseLogits logits, PayloadShape shape, int[] labels) {
        if (entries.length < logits.total()) {
            entries = new int[logits.total()];
            others = new int[logits.total() + 1];
        }
        levels.clear();
        kinds.clear();
        if (logits.draws() > 0) {
            Arrays.fill(entries, 0, logits.total(), levels.none() << 9);
        } else {
            setLevels(logits);
        }
        setKinds(logits, shape, labels);
    }

    private void setLevels(SparseLogits logits) {
        final int[] offsets = logits.offsets();
        final float[] logProbs = logits.logProbs();
        final int[] counts = levels.counts;
        final int second = levels.second;
        int[] first = firstNumbers;
        for (int i = 0; i < logits.positions(); i++) {
            int from = offsets[i];
            int to = offsets[i + 1];
            first = firstNumbers(to - from);
            int previous = ProbabilityLevels.MOST;
            int table = levels.number(levelTables.first(to - from), 0);
            for (int e = from; e < to; e++) {
                int level = ProbabilityLevels.of(logProbs[e]);
                int number = (e == from ? table : first[e - from] >>> 16) + LEVEL_CLASS[previous - level];
                entries[e] = previous - level << LaneWriter.LEVEL_SHIFT | number << 9;
                counts[number + (second & -(e & 1))]++;
                previous = level;
            }
        }
    }

    /** Predicts the tail mass of each position from the levels of its entries. */
    void predictTails(SparseLogits logits, int[] into) {
        for (int i = 0; i < logits.positions(); i++) {
            int level = ProbabilityLevels.MOST;
            long squares = 0;
            for (int e = logits.offsets()[i]; e < logits.offsets()[i + 1]; e++) {
                level -= entries[e] >>> LaneWriter.LEVEL_SHIFT;
                squares += ProbabilityLevels.square(level);
            }
            into[i] = ProbabilityLevels.tailSteps(squares);
        }
    }

    private void setKinds(SparseLogits logits, PayloadShape shape, int[] labels) {
        final int[] earlier = cache.earlier(shape);
        final int[] offsets = logits.offsets();
        final int[] supportIds = logits.ids();
        final int[] counts = kinds.counts;
        final int second = kinds.second;
        final int none = kinds.none();
        int other = 0;
        int position = 0;
        for (int row = 0; row < shape.rows(); row++) {
            for (int t = 1; t < shape.length(); t++, position++) {
                int label = shape.tokens()[row * shape.length() + t];
                int known = earlier[position];
                int from = offsets[position];
                int to = offsets[position + 1];
                int labelPlace = 0;
                // No branch depends on the kind, which is unpredictable: every id is stored, but only unpredicted ids
                // are counted.
                if (known < 0) {
                    for (int e = from; e < to; e++) {
                        int id = supportIds[e];
                        int isLabel = (id ^ label) - 1 >> 31;
                        entries[e] |= none;
                        labelPlace |= e - from + 1 & isLabel;
                        others[other] = id;
                        other += 1 + isLabel;
                    }
                } else {
                    int[] first = firstNumbers(to - from);
                    earlierSupport.set(supportIds, offsets[known], offsets[known + 1]);
                    for (int e = from; e < to; e++) {
                        int id = supportIds[e];
                        int isLabel = (id ^ label) - 1 >> 31;
                        int kind = earlierSupport.kind(id);
                        int number = (first[e - from] & 0xffff) + kind;
                        number ^= (number ^ none) & isLabel;
                        entries[e] |= number;
                        counts[number + (second & -(e & 1))]++;
                        labelPlace |= e - from + 1 & isLabel;
                        others[other] = id;
                        other += (kind ^ CompactLayout.KIND_OTHER) - 1 >>> 31 & ~isLabel;
                    }
                }
                labels[position] = labelPlace;
            }
        }
        otherCount = other;
    }

    private int[] firstNumbers(int ranks) {
        if (firstNumbers.length < ranks) {
            byte[] contexts = CompactLayout.contexts(new byte[0], 2 * ranks, levelTables, true, false);
            firstNumbers = new int[contexts.length];
            for (int rank = 0; rank < firstNumbers.length; rank++) {
                firstNumbers[rank] = levels.number(CompactLayout.levelOf(contexts[rank]), 0) << 16
                        | kinds.number(CompactLayout.kindOf(contexts[rank]), 0);
            }
        }
        return firstNumbers;
    }

    void writeLevelTables(CodeLengths lengths, BitWriter out) {
        levels.write(lengths, out);
        for (int context = 0; context < levelTables.count(); context++) {
            for (int symbol = 0; symbol < CompactLayout.LEVEL_CLASSES; symbol++) {
                int number = levels.number(context, symbol);
                int extra = NumberClasses.FINE.extraBits(symbol);
                int code = levels.codes[number];
                levelCodes[number] = code | extra << 22 | (code >>> 16) + extra << 27;
            }
        }
    }

    void writeKindTables(CodeLengths lengths, BitWriter out) {
        kinds.write(lengths, out);
    }

    void write(int total, LaneWriter out) {
        out.writeEntries(entries, levelCodes, kinds.codes, total);
    }

    /** Ids of the kind {@link CompactLayout#KIND_OTHER}. */
    int[] others() {
        return others;
    }

    int otherCount() {
        return otherCount;
    }
}
