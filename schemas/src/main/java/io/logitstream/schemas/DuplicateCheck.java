package io.logitstream.schemas;

import java.util.Arrays;

/**
 * Looks for an id that is in a support twice. A small filter of hashes rules it out for nearly all ids; the few that it
 * does not rule out are compared one by one. Not thread-safe; allocates once.
 */
public final class DuplicateCheck {
  private static final int LOG_BITS = 12;
  /** Above this a filter of 4,096 bits is too full to save anything. */
  private static final int FILTER_LIMIT = 512;

  private final long[] filter = new long[1 << LOG_BITS - 6];

  /** Whether an id stands twice in {@code ids[from, to)}. */
  public boolean found(int[] ids, int from, int to) {
    if (to - from > FILTER_LIMIT) {
      int[] sorted = Arrays.copyOfRange(ids, from, to);
      Arrays.sort(sorted);
      for (int i = 1; i < sorted.length; i++) {
        if (sorted[i] == sorted[i - 1]) {
          return true;
        }
      }
      return false;
    }
    boolean collision = false;
    for (int i = from; i < to; i++) {
      int hash = ids[i] * 0x9E3779B1 >>> 32 - LOG_BITS;
      long bit = 1L << hash;
      long word = filter[hash >>> 6];
      if ((word & bit) != 0 && contains(ids, from, i)) {
        collision = true;
        break;
      }
      filter[hash >>> 6] = word | bit;
    }
    for (int i = from; i < to; i++) {
      filter[ids[i] * 0x9E3779B1 >>> 32 - LOG_BITS + 6] = 0;
    }
    return collision;
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
