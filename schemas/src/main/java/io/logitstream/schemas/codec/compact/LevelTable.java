package io.logitstream.schemas.codec.compact;

import io.logitstream.schemas.codec.compact.coding.BitReader;
import io.logitstream.schemas.codec.compact.coding.CompactLayout;
import io.logitstream.schemas.codec.compact.coding.DecodeTable;
import io.logitstream.schemas.codec.compact.coding.LevelTables;
import io.logitstream.schemas.codec.compact.coding.NumberClasses;
import io.logitstream.schemas.codec.compact.coding.ProbabilityLevels;

/** Decoding tables of the levels that hold the value of each symbol in place of its number, which saves one look-up. */
final class LevelTable {
    /**
     * Entry for each context and each value of the next bits. The upper 15 bits hold the difference to the previous
     * level without extra bits (negative for the first entry of a support, where it is relative to 0), then 6 bits the length of
     * the code, 5 bits the number of extra bits, and the lowest 6 bits the sum of both. The context {@link
     * LevelTables#count()} reads nothing.
     */
    final int[] entries;

    private final LevelTables levels;
    private final DecodeTable table = new DecodeTable(1, CompactLayout.LEVEL_CLASSES, CompactLayout.LEVEL_BITS);

    LevelTable(LevelTables levels) {
        this.levels = levels;
        entries = new int[levels.count() + 1 << CompactLayout.LEVEL_BITS];
    }

    void read(BitReader in, int context) {
        table.read(in, 0);
        int from = context << CompactLayout.LEVEL_BITS;
        long[] classes = NumberClasses.FINE.table();
        for (int i = 0; i < 1 << CompactLayout.LEVEL_BITS; i++) {
            int slot = table.slots[i];
            long value = classes[slot >>> 4];
            int length = slot & 15;
            int extra = (int) (value >>> 32);
            int below = (int) value - (context < levels.starts() ? ProbabilityLevels.MOST : 0);
            entries[from + i] = below << 17 | length << 11 | extra << 6 | length + extra;
        }
    }
}
