package io.logitstream.schemas.compact;

import java.util.Arrays;

/** Finds the place of an id in an earlier support: a hash table that is used again. Not thread-safe. */
final class EarlierSupport {
  private static final int LOG_SIZE = 8;
  private static final int SIZE = 1 << LOG_SIZE;

  private final int[] ids = new int[SIZE];
  private final byte[] places = new byte[SIZE];
  private final int[] used = new int[Layout.MOST_EARLIER];
  private int usedCount;

  EarlierSupport() {
    Arrays.fill(places, (byte) -1);
  }

  /** Takes up a support, of which only the first {@link Layout#MOST_EARLIER} ids are kept. */
  void set(int[] support, int from, int to) {
    for (int i = 0; i < usedCount; i++) {
      places[used[i]] = -1;
    }
    usedCount = Math.min(Layout.MOST_EARLIER, to - from);
    for (int i = 0; i < usedCount; i++) {
      int slot = support[from + i] * 0x9E3779B1 >>> 32 - LOG_SIZE;
      while (places[slot] >= 0) {
        slot = slot + 1 & SIZE - 1;
      }
      ids[slot] = support[from + i];
      places[slot] = (byte) i;
      used[i] = slot;
    }
  }

  /** Place of an id from 0, or -1. */
  int place(int id) {
    int slot = id * 0x9E3779B1 >>> 32 - LOG_SIZE;
    while (places[slot] >= 0) {
      if (ids[slot] == id) {
        return places[slot];
      }
      slot = slot + 1 & SIZE - 1;
    }
    return -1;
  }
}
