package io.logitstream.teacher.resume;

import java.util.Map;
import java.util.TreeMap;

/** A set of offsets, stored as ranges: any number of neighbouring offsets takes the memory of one. Not thread-safe. */
final class OffsetRanges {
    /** Maps the first offset of each range to its end (exclusive). */
    private final TreeMap<Long, Long> ranges = new TreeMap<>();

    void add(long offset) {
        Map.Entry<Long, Long> before = ranges.floorEntry(offset);
        if (before != null && offset < before.getValue()) {
            return;
        }
        long from = before != null && before.getValue() == offset ? before.getKey() : offset;
        Long joined = ranges.remove(offset + 1);
        ranges.put(from, joined == null ? offset + 1 : joined);
    }

    boolean contains(long offset) {
        return next(offset) == offset;
    }

    /** Smallest offset in the set that is not below {@code from}; {@link Long#MAX_VALUE} if there is none. */
    long next(long from) {
        Map.Entry<Long, Long> before = ranges.floorEntry(from);
        if (before != null && from < before.getValue()) {
            return from;
        }
        Long next = ranges.higherKey(from);
        return next == null ? Long.MAX_VALUE : next;
    }

    /** Number of offsets of the set in {@code [from, to)}. */
    long count(long from, long to) {
        long count = 0;
        for (long first = next(from);
                first < to;
                first = next(ranges.floorEntry(first).getValue())) {
            count += Math.min(to, ranges.floorEntry(first).getValue()) - first;
        }
        return count;
    }
}
