package io.logitstream.schemas.codec.compact;

import io.logitstream.schemas.codec.compact.coding.BitReader;
import io.logitstream.schemas.codec.compact.coding.CompactLayout;
import io.logitstream.schemas.codec.compact.coding.DecodeTable;
import io.logitstream.schemas.codec.compact.coding.NumberClasses;
import io.logitstream.schemas.codec.compact.coding.ProbabilityLevels;

/** The tables of the levels, with what a symbol means in place of its number: one look-up less. */
final class LevelTable {
    /**
     * For each context and next bits how far a level is below the one before, less extra bits, in the upper 15 bits (in the
     * first context below 0, which makes it negative); then the length of the code in 6, the number of extra bits in 5 and
     * the sum of both in the lowest 6. In the context {@link CompactLayout#NO_LEVEL} nothing is read.
     */
    final int[] entries = new int[CompactLayout.LEVEL_CONTEXTS + 1 << CompactLayout.LEVEL_BITS];

    private final DecodeTable table = new DecodeTable(1, CompactLayout.LEVEL_CLASSES, CompactLayout.LEVEL_BITS);

    void read(BitReader in, int context) {
        table.read(in, 0);
        int from = context << CompactLayout.LEVEL_BITS;
        long[] classes = NumberClasses.FINE.table();
        for (int i = 0; i < 1 << CompactLayout.LEVEL_BITS; i++) {
            int slot = table.slots[i];
            long value = classes[slot >>> 4];
            int length = slot & 15;
            int extra = (int) (value >>> 32);
            int below = (int) value - (context == 0 ? ProbabilityLevels.MOST : 0);
            entries[from + i] = below << 17 | length << 11 | extra << 6 | length + extra;
        }
    }
}
