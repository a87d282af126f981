package io.logitstream.schemas.compact;

import java.util.Arrays;

/** Counts of the symbols in a few contexts, and the frequencies made from them. */
final class EncodeTable {
  private final int contexts;
  private final int alphabet;
  private final int bits;
  private final int[] counts;
  private final int[] weights;
  private final int[] normalised;
  /** For each context and symbol its frequency - 1 in the upper and its first slot in the lower 16 bits. */
  private final int[] ranges;

  EncodeTable(int contexts, int alphabet, int bits) {
    this.contexts = contexts;
    this.alphabet = alphabet;
    this.bits = bits;
    this.counts = new int[contexts * alphabet];
    this.ranges = new int[contexts * alphabet];
    this.weights = new int[alphabet];
    this.normalised = new int[alphabet];
  }

  void clear() {
    Arrays.fill(counts, 0);
  }

  void count(int context, int symbol) {
    counts[context * alphabet + symbol]++;
  }

  /** Counts a symbol of the first context several times. */
  void add(int symbol, int times) {
    counts[symbol] += times;
  }

  void write(BitWriter out) {
    for (int context = 0; context < contexts; context++) {
      write(context, alphabet, out);
    }
  }

  /** Writes the weights of the first symbols of a context, and works out the frequencies that a reader will find. */
  void write(int context, int used, BitWriter out) {
    int from = context * alphabet;
    for (int symbol = 0; symbol < used; symbol++) {
      weights[symbol] = Frequencies.weightClass(counts[from + symbol]);
    }
    Frequencies.write(weights, used, out);
    Frequencies.normalise(weights, used, bits, normalised);
    int slot = 0;
    for (int symbol = 0; symbol < used; symbol++) {
      ranges[from + symbol] = normalised[symbol] - 1 << 16 | slot;
      slot += normalised[symbol];
    }
  }

  void encode(int index, int context, int symbol, RansEncoder out) {
    int range = ranges[context * alphabet + symbol];
    out.encode(index, (range >>> 16) + 1, range & 0xffff, bits);
  }
}
