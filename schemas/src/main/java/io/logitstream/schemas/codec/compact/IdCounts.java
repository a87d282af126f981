package io.logitstream.schemas.codec.compact;

import io.logitstream.schemas.codec.compact.coding.CompactLayout;
import io.logitstream.schemas.codec.compact.coding.NumberClasses;

/** Frequencies of ids, and the dictionary of frequent ids. Not thread-safe. */
final class IdCounts {
    /** Minimum frequency of an id in the dictionary. */
    private static final int FEWEST = 3;
    /** Limit of the ids in the dictionary. Frequent tokens of a vocabulary have smaller ids. */
    private static final int MOST_COUNTED = 1 << 20;

    /** Frequency of each id, replaced by its symbol once the dictionary exists. */
    private int[] counts = new int[0];
    /** The ids that occur, in the order of their first occurrence. */
    private int[] distinct = new int[0];

    private int size;
    /** One bit for each id in the dictionary, for iteration in the order of ids. */
    private final long[] words = new long[MOST_COUNTED / Long.SIZE];

    private final int[] dictionary = new int[CompactLayout.MOST_DICTIONARY];
    private int dictionarySize;

    /**
     * Counts ids.
     *
     * @param total number of ids
     * @param symbolCounts receives the frequencies of the symbols of ids outside the dictionary
     */
    void count(int[] ids, int total, int vocabularySize, int[] symbolCounts) {
        int counted = Math.min(vocabularySize, MOST_COUNTED);
        if (counts.length < counted) {
            counts = new int[counted];
        }
        if (distinct.length <= Math.min(total, counted)) {
            distinct = new int[Math.min(total, counted) + 1];
        }
        final int[] found = counts;
        final int[] first = distinct;
        int known = 0;
        for (int i = 0; i < total; i++) {
            int id = ids[i];
            if (id < counted) {
                int before = found[id]++;
                first[known] = id;
                known += before - 1 >>> 31;
            } else {
                symbolCounts[NumberClasses.FINER.of(id)]++;
            }
        }
        size = known;
    }

    /** Adds frequent ids to the dictionary in order, and counts the symbols of all ids. */
    void makeDictionary(int total, int[] symbolCounts) {
        int fewest = Math.max(FEWEST, total >>> CompactLayout.ID_BITS);
        while (countFrom(fewest) > CompactLayout.MOST_DICTIONARY) {
            fewest++;
        }
        int last = 0;
        for (int i = 0; i < size; i++) {
            int id = distinct[i];
            if (counts[id] >= fewest) {
                words[id >>> 6] |= 1L << id;
                last = Math.max(last, id >>> 6);
            } else {
                int symbol = NumberClasses.FINER.of(id);
                symbolCounts[symbol] += counts[id];
                counts[id] = symbol;
            }
        }
        dictionarySize = 0;
        for (int word = 0; word <= last; word++) {
            for (long rest = words[word]; rest != 0; rest &= rest - 1) {
                int id = word << 6 | Long.numberOfTrailingZeros(rest);
                int symbol = NumberClasses.FINER.count() + dictionarySize;
                symbolCounts[symbol] = counts[id];
                counts[id] = symbol;
                dictionary[dictionarySize++] = id;
            }
            words[word] = 0;
        }
    }

    private int countFrom(int fewest) {
        int found = 0;
        for (int i = 0; i < size; i++) {
            found += fewest - 1 - counts[distinct[i]] >>> 31;
        }
        return found;
    }

    /** Determines the symbols of ids. */
    void symbols(int[] ids, int total, char[] symbols) {
        final int[] known = counts;
        for (int i = 0; i < total; i++) {
            int id = ids[i];
            symbols[i] = (char) (id < MOST_COUNTED ? known[id] : NumberClasses.FINER.of(id));
        }
    }

    /** Clears all ids. */
    void clear() {
        for (int i = 0; i < size; i++) {
            counts[distinct[i]] = 0;
        }
        size = 0;
    }

    int dictionarySize() {
        return dictionarySize;
    }

    int[] dictionary() {
        return dictionary;
    }
}
