package io.logitstream.schemas.compact;

import java.util.Arrays;

/** How often ids occur: a hash table that is used again. Not thread-safe. */
final class IdCounts {
  /** An id that many occurrences are worth a word of the dictionary. */
  private static final int FEWEST = 3;

  private int[] ids = new int[0];
  private int[] counts = new int[0];
  private int[] words = new int[0];
  private int shift;
  private int[] dictionary = new int[Layout.MOST_DICTIONARY];
  private int dictionarySize;

  /** Empties it, for at most so many different ids. */
  void clear(int capacity) {
    int size = Integer.highestOneBit(Math.max(16, capacity)) * 4;
    if (ids.length < size) {
      ids = new int[size];
      counts = new int[size];
      words = new int[size];
    }
    Arrays.fill(counts, 0);
    shift = 32 - Integer.numberOfTrailingZeros(ids.length);
  }

  /** Counts an id; returns its place in the table. */
  int add(int id) {
    int slot = id * 0x9E3779B1 >>> shift;
    while (counts[slot] > 0 && ids[slot] != id) {
      slot = slot + 1 & ids.length - 1;
    }
    ids[slot] = id;
    counts[slot]++;
    return slot;
  }

  /** Puts the ids that occur often into the dictionary, in order; the others are of class symbols. */
  void makeDictionary() {
    int fewest = FEWEST;
    int found = countFrom(fewest);
    while (found > Layout.MOST_DICTIONARY) {
      fewest++;
      found = countFrom(fewest);
    }
    dictionarySize = 0;
    for (int slot = 0; slot < counts.length; slot++) {
      if (counts[slot] >= fewest) {
        dictionary[dictionarySize++] = ids[slot];
      } else if (counts[slot] > 0) {
        words[slot] = Classes.FINER.of(ids[slot]);
      }
    }
    Arrays.sort(dictionary, 0, dictionarySize);
    for (int word = 0; word < dictionarySize; word++) {
      int slot = find(dictionary[word]);
      words[slot] = Classes.FINER.count() + word;
    }
  }

  private int countFrom(int fewest) {
    int found = 0;
    for (int count : counts) {
      found += count >= fewest ? 1 : 0;
    }
    return found;
  }

  private int find(int id) {
    int slot = id * 0x9E3779B1 >>> shift;
    while (ids[slot] != id || counts[slot] == 0) {
      slot = slot + 1 & ids.length - 1;
    }
    return slot;
  }

  int dictionarySize() {
    return dictionarySize;
  }

  int[] dictionary() {
    return dictionary;
  }

  /** Symbol of the id at a place that {@link #add} has returned. */
  int symbol(int slot) {
    return words[slot];
  }

  /** Adds up the symbols' counts. */
  void countSymbols(EncodeTable table) {
    for (int slot = 0; slot < counts.length; slot++) {
      if (counts[slot] > 0) {
        table.add(words[slot], counts[slot]);
      }
    }
  }
}
