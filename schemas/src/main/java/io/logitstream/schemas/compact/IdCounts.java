package io.logitstream.schemas.compact;

import java.util.Arrays;

/** How often ids occur, and from that the dictionary: a hash table that is used again. Not thread-safe. */
final class IdCounts {
  /** An id that occurs so often is worth a word of the dictionary. */
  private static final int FEWEST = 3;

  /** For each slot an id in the upper half and its number in the lower, or -1. */
  private long[] slots = new long[1 << 12];
  private int[] ids = new int[1 << 11];
  private int[] counts = new int[1 << 11];
  private int[] symbols = new int[1 << 11];
  private final int[] dictionary = new int[Layout.MOST_DICTIONARY];
  private int size;
  private int dictionarySize;

  void clear() {
    Arrays.fill(slots, -1);
    size = 0;
  }

  /** Counts an id; returns its number, the first new id's being 0. */
  int add(int id) {
    int mask = slots.length - 1;
    int slot = hash(id) & mask;
    long entry;
    while ((entry = slots[slot]) >= 0) {
      if ((int) (entry >>> 32) == id) {
        int number = (int) entry;
        counts[number]++;
        return number;
      }
      slot = slot + 1 & mask;
    }
    if (size == ids.length) {
      grow();
      return add(id);
    }
    slots[slot] = (long) id << 32 | size;
    ids[size] = id;
    counts[size] = 1;
    return size++;
  }

  private static int hash(int id) {
    int product = id * 0x9E3779B1;
    return product ^ product >>> 15;
  }

  private void grow() {
    ids = Arrays.copyOf(ids, 2 * size);
    counts = Arrays.copyOf(counts, 2 * size);
    symbols = new int[2 * size];
    slots = new long[4 * size];
    Arrays.fill(slots, -1);
    for (int number = 0; number < size; number++) {
      int slot = hash(ids[number]) & slots.length - 1;
      while (slots[slot] >= 0) {
        slot = slot + 1 & slots.length - 1;
      }
      slots[slot] = (long) ids[number] << 32 | number;
    }
  }

  /** Puts the ids that occur often into the dictionary, in order; the others have the symbols of their classes. */
  void makeDictionary() {
    int fewest = FEWEST;
    while (countFrom(fewest) > Layout.MOST_DICTIONARY) {
      fewest++;
    }
    dictionarySize = 0;
    for (int number = 0; number < size; number++) {
      if (counts[number] >= fewest) {
        dictionary[dictionarySize++] = ids[number];
      }
    }
    Arrays.sort(dictionary, 0, dictionarySize);
    for (int number = 0; number < size; number++) {
      symbols[number] = counts[number] >= fewest
          ? Classes.FINER.count() + Arrays.binarySearch(dictionary, 0, dictionarySize, ids[number])
          : Classes.FINER.of(ids[number]);
    }
  }

  private int countFrom(int fewest) {
    int found = 0;
    for (int number = 0; number < size; number++) {
      found += counts[number] >= fewest ? 1 : 0;
    }
    return found;
  }

  int dictionarySize() {
    return dictionarySize;
  }

  int[] dictionary() {
    return dictionary;
  }

  /** Symbol of the id with a number. */
  int symbol(int number) {
    return symbols[number];
  }

  /** Adds up the symbols' counts. */
  void countSymbols(EncodeTable table) {
    for (int number = 0; number < size; number++) {
      table.add(symbols[number], counts[number]);
    }
  }
}
