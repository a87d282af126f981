package io.logitstream.teacher.resume;

import java.util.Map;
import java.util.TreeMap;

/** A set of offsets, kept as ranges: a flood of neighbours takes as much memory as one. Not thread-safe. */
final class OffsetRanges {
    /** First offset of each range to the offset behind its last. */
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

    /** The first offset from one on; {@link Long#MAX_VALUE} where there is none. */
    long next(long from) {
        Map.Entry<Long, Long> before = ranges.floorEntry(from);
        if (before != null && from < before.getValue()) {
            return from;
        }
        Long next = ranges.higherKey(from);
        return next == null ? Long.MAX_VALUE : next;
    }

    /** How many offsets there are in a range. */
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
