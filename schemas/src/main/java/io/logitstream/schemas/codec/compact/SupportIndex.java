package io.logitstream.schemas.codec.compact;

import io.logitstream.schemas.codec.compact.coding.CompactLayout;
import java.util.Arrays;

/**
 * Finds the rank of an id in an earlier support with a hash table that ignores collisions: an id that another one
 * replaces only costs more bits. Not thread-safe.
 */
final class SupportIndex {
    private static final int LOG_SIZE = 11;

    /** For each hash, the id in the upper half, and the number of the support and the rank in the lower half. */
    private final long[] entries = new long[1 << LOG_SIZE];

    private int support;

    /** Indexes a support, of which only the first {@link CompactLayout#MOST_EARLIER} ids are used. */
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

    /** The sum of {@link CompactLayout#KIND_EARLIER} and the rank of an id, or {@link CompactLayout#KIND_OTHER}. */
    int kind(int id) {
        long entry = entries[hash(id)];
        // No branch depends on unpredictable data: the difference is below 64 if the id is in the support.
        long difference = entry - ((long) id << 32 | (long) support << 8);
        long absent = difference | 63 - difference;
        int isAbsent = (int) (absent >> 63);
        return (int) difference + CompactLayout.KIND_EARLIER & ~isAbsent | CompactLayout.KIND_OTHER & isAbsent;
    }
}
