package io.logitstream.schemas.logits;

import java.util.Arrays;

/**
 * Detects an id that occurs twice in a support. A table indexed by the lowest 15 bits of the ids, which fits into the
 * processor's cache, excludes duplicates for almost all supports. The ids of the few others are compared with each
 * other. Not thread-safe.
 */
public final class DuplicateCheck {
    private static final int MOST_SLOTS = 1 << 15;
    /** Up to this number of ids, each is compared with all others. Larger supports are sorted. */
    private static final int MOST_PAIRS = 64;

    /** Number of the support that used each slot last, so that the table need not be cleared. */
    private char[] lastSupport = new char[1];

    private char support;
    private int[] sorted = new int[0];

    /** Sizes the table for a vocabulary. */
    public void reserve(int vocabularySize) {
        int slots = vocabularySize >= MOST_SLOTS ? MOST_SLOTS : Integer.highestOneBit(Math.max(1, vocabularySize)) << 1;
        if (lastSupport.length < slots) {
            lastSupport = new char[slots];
            support = 0;
        }
    }

    /** Whether an id occurs twice in {@code ids[from, to)}. Ids must not be negative. */
    public boolean found(int[] ids, int from, int to) {
        final char current = next();
        final char[] slots = lastSupport;
        final int mask = slots.length - 1;
        int same = 0;
        for (int i = from; i < to; i++) {
            int slot = ids[i] & mask;
            same |= (slots[slot] ^ current) - 1;
            slots[slot] = current;
        }
        return same < 0 && foundForSure(ids, from, to);
    }

    /** Starts a new support for a loop that accesses {@link #slots} itself, and returns the number of the support. */
    public char next() {
        if (++support == 0) {
            Arrays.fill(lastSupport, (char) 0);
            support = 1;
        }
        return support;
    }

    /** The table, whose length is a power of two. */
    public char[] slots() {
        return lastSupport;
    }

    /** Whether an id occurs twice in {@code ids[from, to)}, without use of the table. */
    public boolean foundForSure(int[] ids, int from, int to) {
        return to - from <= MOST_PAIRS ? foundByPairs(ids, from, to) : foundBySorting(ids, from, to);
    }

    private static boolean foundByPairs(int[] ids, int from, int to) {
        for (int i = from + 1; i < to; i++) {
            for (int j = from; j < i; j++) {
                if (ids[i] == ids[j]) {
                    return true;
                }
            }
        }
        return false;
    }

    private boolean foundBySorting(int[] ids, int from, int to) {
        int count = to - from;
        if (sorted.length < count) {
            sorted = new int[count];
        }
        System.arraycopy(ids, from, sorted, 0, count);
        Arrays.sort(sorted, 0, count);
        for (int i = 1; i < count; i++) {
            if (sorted[i] == sorted[i - 1]) {
                return true;
            }
        }
        return false;
    }
}
