package io.logitstream.schemas.logits;

import java.util.Arrays;

/**
 * Looks for an id that is in a support twice. A table by the ids' lowest 15 bits, which stays in the cache, rules it out;
 * where it does not, for some of a hundred supports, ids are compared with each other. Not thread-safe.
 */
public final class DuplicateCheck {
    private static final int MOST_SLOTS = 1 << 15;
    /** Up to so many ids each is compared with all others; more are sorted. */
    private static final int MOST_PAIRS = 64;

    /** For each slot the number of the support that has last had it, so that nothing needs to be cleared. */
    private char[] lastSupport = new char[1];

    private char support;
    private int[] sorted = new int[0];

    /** Makes room for the ids of a vocabulary; without it the table does not tell them apart. */
    public void reserve(int vocabularySize) {
        int slots = vocabularySize >= MOST_SLOTS ? MOST_SLOTS : Integer.highestOneBit(Math.max(1, vocabularySize)) << 1;
        if (lastSupport.length < slots) {
            lastSupport = new char[slots];
            support = 0;
        }
    }

    /** Whether an id stands twice in {@code ids[from, to)}; no id is negative. */
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

    /** Begins another support, for a loop that goes through {@link #slots} itself; returns the support's number. */
    public char next() {
        if (++support == 0) {
            Arrays.fill(lastSupport, (char) 0);
            support = 1;
        }
        return support;
    }

    /** The table, of a power of two of slots. */
    public char[] slots() {
        return lastSupport;
    }

    /** Whether an id stands twice in {@code ids[from, to)}, without the table. */
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
