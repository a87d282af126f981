package io.logitstream.schemas.compact;

import io.logitstream.schemas.CorruptPayloadException;

/**
 * Frequencies of an alphabet's symbols for rANS: they add up to a power of two. What is stored are weights with one bit of
 * mantissa, from which writer and reader work out the same frequencies.
 */
final class Frequencies {
  private static final int MOST_WEIGHT_CLASS = 60;

  private Frequencies() {}

  /** Class of the weight nearest to a count: 0 for 0, 1 for 1, then two classes for each power of two. */
  static int weightClass(int count) {
    if (count < 2) {
      return count;
    }
    int exponent = 31 - Integer.numberOfLeadingZeros(count);
    // Between 2, 3 and 4 times a power of two, bounded by 2.5 and 3.5 times it.
    long eighths = (long) count << 3 >>> exponent;
    int symbol = 2 * exponent;
    return eighths >= 14 ? symbol + 2 : eighths >= 10 ? symbol + 1 : symbol;
  }

  static long weight(int weightClass) {
    return weightClass < 2 ? weightClass : (2L + (weightClass & 1)) << (weightClass >> 1) - 1;
  }

  /** Writes the weight classes of an alphabet, each as its difference from the one before. */
  static void write(int[] weightClasses, int alphabet, BitWriter out) {
    int used = alphabet;
    while (used > 0 && weightClasses[used - 1] == 0) {
      used--;
    }
    out.writeGamma(used);
    int previous = 0;
    for (int symbol = 0; symbol < used; symbol++) {
      int difference = weightClasses[symbol] - previous;
      out.writeGamma(difference << 1 ^ difference >> 31);
      previous = weightClasses[symbol];
    }
  }

  /** Reads what {@link #write} has written; the rest of the alphabet gets class 0. */
  static void read(BitReader in, int[] weightClasses, int alphabet) {
    int used = in.readGamma();
    if (used > alphabet) {
      throw corrupt("frequencies of " + used + " symbols, of which there are " + alphabet);
    }
    int previous = 0;
    for (int symbol = 0; symbol < alphabet; symbol++) {
      if (symbol < used) {
        int difference = in.readGamma();
        previous += difference >>> 1 ^ -(difference & 1);
        if (previous < 0 || previous > MOST_WEIGHT_CLASS) {
          throw corrupt("a frequency out of range");
        }
        weightClasses[symbol] = previous;
      } else {
        weightClasses[symbol] = 0;
      }
    }
  }

  /**
   * Works out frequencies: each symbol with a weight has its share, rounded down, but at least 1, and the most frequent
   * ones, the first of equals first, take what is left over or give what is missing.
   *
   * @param weightClasses of the symbols
   * @param alphabet number of symbols
   * @param bits the frequencies add up to 2^bits
   * @param frequencies receives them
   * @return whether any symbol has a weight; if none has, all frequencies are 0
   */
  static boolean normalise(int[] weightClasses, int alphabet, int bits, int[] frequencies) {
    long total = 0;
    int largest = 0;
    int used = 0;
    for (int symbol = 0; symbol < alphabet; symbol++) {
      total += weight(weightClasses[symbol]);
      used += weightClasses[symbol] > 0 ? 1 : 0;
      largest = weightClasses[symbol] > weightClasses[largest] ? symbol : largest;
    }
    if (used > 1 << bits) {
      throw corrupt("frequencies of " + used + " symbols, of which a table has " + (1 << bits));
    }
    int left = 1 << bits;
    for (int symbol = 0; symbol < alphabet; symbol++) {
      int weightClass = weightClasses[symbol];
      int frequency = weightClass == 0 ? 0
          : (int) Math.max(1, share(weight(weightClass), total, bits));
      frequencies[symbol] = frequency;
      left -= frequency;
    }
    if (total == 0) {
      return false;
    }
    if (left >= 0) {
      frequencies[largest] += left;
    } else {
      takeBack(frequencies, alphabet, -left);
    }
    return true;
  }

  // In double precision: weights of up to 2^31 times 2^15 and their sums are exact, and one division is rounded alike
  // everywhere.
  private static long share(long weight, long total, int bits) {
    return (long) ((double) weight * (1 << bits) / (double) total);
  }

  private static void takeBack(int[] frequencies, int alphabet, int missing) {
    int rest = missing;
    while (rest > 0) {
      int largest = 0;
      for (int symbol = 1; symbol < alphabet; symbol++) {
        largest = frequencies[symbol] > frequencies[largest] ? symbol : largest;
      }
      int taken = Math.min(rest, Math.max(1, frequencies[largest] / 2));
      frequencies[largest] -= taken;
      rest -= taken;
    }
  }

  private static CorruptPayloadException corrupt(String detail) {
    return new CorruptPayloadException(CorruptPayloadException.WHOLE_PAYLOAD, detail);
  }
}
