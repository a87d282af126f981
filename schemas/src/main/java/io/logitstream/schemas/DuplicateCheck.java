package io.logitstream.schemas;

import java.util.Arrays;

/**
 * Looks for an id that is in a support twice. A small table of hashes rules it out for nearly all ids; the few that it does
 * not rule out are compared one by one. Not thread-safe; allocates once.
 */
public final class DuplicateCheck {
  private static final int LOG_SIZE = 12;
  /** Above this the table is too full to save anything. */
  private static final int TABLE_LIMIT = 512;

  /** For each hash the number of the support that has last had it, so that nothing needs to be cleared. */
  private final int[] lastSupport = new int[1 << LOG_SIZE];
  private int support;

  /** Whether an id stands twice in {@code ids[from, to)}. */
  public boolean found(int[] ids, int from, int to) {
    if (to - from > TABLE_LIMIT) {
      int[] sorted = Arrays.copyOfRange(ids, from, to);
      Arrays.sort(sorted);
      for (int i = 1; i < sorted.length; i++) {
        if (sorted[i] == sorted[i - 1]) {
          return true;
        }
      }
      return false;
    }
    if (++support == 0) {
      Arrays.fill(lastSupport, 0);
      support = 1;
    }
    int current = support;
    int[] table = lastSupport;
    for (int i = from; i < to; i++) {
      int hash = ids[i] * 0x9E3779B1 >>> 32 - LOG_SIZE;
      if (table[hash] == current && contains(ids, from, i)) {
        return true;
      }
      table[hash] = current;
    }
    return false;
  }

  private static boolean contains(int[] ids, int from, int at) {
    int id = ids[at];
    for (int i = from; i < at; i++) {
      if (ids[i] == id) {
        return true;
      }
    }
    return false;
  }
}
