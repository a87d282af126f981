package io.logitstream.schemas.compact;

import java.util.Arrays;

/** Look-up tables of rANS for a few contexts of one small alphabet. */
final class DecodeTable {
  private final int alphabet;
  private final int[] weights;
  private final int[] frequencies;
  private final boolean[] empty;
  /** For each context and slot, see {@link #entry}. */
  final int[] entries;

  DecodeTable(int contexts, int alphabet) {
    this.alphabet = alphabet;
    this.weights = new int[alphabet];
    this.frequencies = new int[alphabet];
    this.empty = new boolean[contexts];
    this.entries = new int[contexts << Layout.BITS];
  }

  /** Symbol in the upper 8 bits, the slot's place in its range in the next 12, the frequency in the lowest 12. */
  static int entry(int symbol, int place, int frequency) {
    return symbol << 24 | place << 12 | frequency;
  }

  /** Reads the table of a context. One without symbols decodes to 0: no valid payload uses it. */
  void read(BitReader in, int context) {
    Frequencies.read(in, weights, alphabet);
    int slot = context << Layout.BITS;
    if (!Frequencies.normalise(weights, alphabet, Layout.BITS, frequencies)) {
      if (!empty[context]) {
        for (int place = 0; place < 1 << Layout.BITS; place++) {
          entries[slot + place] = entry(0, place, 1 << Layout.BITS);
        }
        empty[context] = true;
      }
      return;
    }
    empty[context] = false;
    for (int symbol = 0; symbol < alphabet; symbol++) {
      for (int place = 0; place < frequencies[symbol]; place++) {
        entries[slot++] = entry(symbol, place, frequencies[symbol]);
      }
    }
  }

  /** The same as a table of 2^ID_BITS slots, symbol by slot, with the symbols' ranges apart. */
  static void readIds(BitReader in, int alphabet, int[] scratch, int[] frequencies, short[] symbolOf, int[] ranges) {
    Frequencies.read(in, scratch, alphabet);
    if (!Frequencies.normalise(scratch, alphabet, Layout.ID_BITS, frequencies)) {
      frequencies[0] = 1 << Layout.ID_BITS;
    }
    int slot = 0;
    for (int symbol = 0; symbol < alphabet; symbol++) {
      ranges[symbol] = frequencies[symbol] - 1 << 16 | slot;
      Arrays.fill(symbolOf, slot, slot + frequencies[symbol], (short) symbol);
      slot += frequencies[symbol];
    }
  }
}
