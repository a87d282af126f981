package io.logitstream.schemas.codec.compact;

import io.logitstream.schemas.codec.compact.coding.CompactLayout;
import java.util.Arrays;

/**
 * Finds the place of an id in an earlier support: a hash table without collisions, since an id that another has put out of
 * it only costs more bits. Not thread-safe.
 */
final class SupportIndex {
    private static final int LOG_SIZE = 11;

    /** For each hash an id in the upper half; the number of the support and the place in it in the lower. */
    private final long[] entries = new long[1 << LOG_SIZE];

    private int support;

    /** Takes up a support, of which only the first {@link CompactLayout#MOST_EARLIER} ids are kept. */
    void set(int[] ids, int from, int to) {
        support = support + 1 & (1 << 24) - 1;
        if (support == 0) {
            Arrays.fill(entries, 0);
            support = 1;
        }
        int count = Math.min(CompactLayout.MOST_EARLIER, to - from);
        for (int place = 0; place < count; place++) {
            int id = ids[from + place];
            entries[hash(id)] = (long) id << 32 | support << 8 | place;
        }
    }

    private static int hash(int id) {
        return id * 0x9E3779B1 >>> 32 - LOG_SIZE;
    }

    /** {@link CompactLayout#KIND_EARLIER} and the place of an id, or {@link CompactLayout#KIND_OTHER}. */
    int kind(int id) {
        long entry = entries[hash(id)];
        // Nothing branches on what cannot be predicted: the difference is below 64 for an id that is there.
        long difference = entry - ((long) id << 32 | (long) support << 8);
        long absent = difference | 63 - difference;
        int isAbsent = (int) (absent >> 63);
        return (int) difference + CompactLayout.KIND_EARLIER & ~isAbsent | CompactLayout.KIND_OTHER & isAbsent;
    }
}
