package io.logitstream.schemas.compact;

import java.util.Arrays;

/** Counts of the symbols in a few contexts, and what is needed to encode them. */
final class EncodeTable {
  private final int contexts;
  private final int alphabet;
  private final int bits;
  private final int[] counts;
  private final int[] weights;
  private final int[] normalised;
  /** By context and symbol: the reciprocal of the frequency, and then bias, shift and frequency in one. */
  private final long[] divisions;

  EncodeTable(int contexts, int alphabet, int bits) {
    this.contexts = contexts;
    this.alphabet = alphabet;
    this.bits = bits;
    this.counts = new int[contexts * alphabet];
    this.divisions = new long[2 * contexts * alphabet];
    this.weights = new int[alphabet];
    this.normalised = new int[alphabet];
  }

  void clear() {
    Arrays.fill(counts, 0);
  }

  /** Number of a symbol in a context, from 0. */
  int number(int context, int symbol) {
    return context * alphabet + symbol;
  }

  void count(int number) {
    counts[number]++;
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
      if (normalised[symbol] > 0) {
        set(from + symbol, normalised[symbol], slot);
      }
      slot += normalised[symbol];
    }
  }

  // The quotient of a state below 2^63 and a frequency is the upper half of the product with ceil(2^(63 + s) / frequency),
  // shifted by s - 1, where 2^s is the next power of two (Alverson, Integer division using reciprocals, 1991). A frequency
  // of 1 has no such reciprocal: the largest one gives state - 1, and the bias makes up for it.
  private void set(int at, int frequency, int slot) {
    if (frequency == 1) {
      divisions[2 * at] = -1;
      divisions[2 * at + 1] = pack(slot + (1 << bits) - 1, 0, 1);
      return;
    }
    int power = 32 - Integer.numberOfLeadingZeros(frequency - 1);
    long high = 1L << power + 31;
    long low = (high % frequency << 32) + frequency - 1;
    divisions[2 * at] = (high / frequency << 32) + low / frequency;
    divisions[2 * at + 1] = pack(slot, power - 1, frequency);
  }

  private static long pack(int bias, int shift, int frequency) {
    return (long) bias << 32 | (long) shift << 16 | frequency;
  }

  /** Encodes symbols, each as its {@link #number}. */
  void encode(int[] numbers, int count, RansEncoder out) {
    out.encode(divisions, numbers, count, bits);
  }
}
