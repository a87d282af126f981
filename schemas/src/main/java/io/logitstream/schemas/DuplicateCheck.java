package io.logitstream.schemas;

import java.util.Arrays;

/**
 * Looks for an id that is in a support twice. A table by the ids' lowest 18 bits rules it out; where it does not, which is
 * rare, the ids are sorted. Not thread-safe; the table takes two bytes for each id of the vocabulary, at most 512 KiB.
 */
public final class DuplicateCheck {
  private static final int MOST_SLOTS = 1 << 18;

  /** For each slot the number of the support that has last had it, so that nothing needs to be cleared. */
  private char[] lastSupport = new char[1];
  private char support;

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
    return same < 0 && foundBySorting(ids, from, to);
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
  public static boolean foundBySorting(int[] ids, int from, int to) {
    int[] sorted = Arrays.copyOfRange(ids, from, to);
    Arrays.sort(sorted);
    for (int i = 1; i < sorted.length; i++) {
      if (sorted[i] == sorted[i - 1]) {
        return true;
      }
    }
    return false;
  }
}
