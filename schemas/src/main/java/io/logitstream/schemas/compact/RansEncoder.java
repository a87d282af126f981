package io.logitstream.schemas.compact;

import java.nio.ByteBuffer;

/** The other side of {@link RansDecoder}: takes the symbols in reverse, the last first. */
final class RansEncoder {
  private final long[] states = new long[Layout.LANES];
  private int[] words = new int[0];
  private int first;

  /** Starts anew, for at most {@code symbols} symbols. */
  void start(int symbols) {
    if (words.length < symbols) {
      words = new int[symbols + symbols / 4];
    }
    first = words.length;
    java.util.Arrays.fill(states, Layout.SMALLEST_STATE);
  }

  /**
   * Encodes the {@code index}-th symbol of a series.
   *
   * @param frequency of the symbol
   * @param slot first slot of the symbol
   * @param bits the frequencies of the table add up to 2^bits
   */
  void encode(int index, int frequency, int slot, int bits) {
    long x = states[index & 3];
    // The limit of a symbol that has all slots is 2^63.
    if (x > ((long) frequency << 63 - bits) - 1) {
      words[--first] = (int) x;
      x >>>= 32;
    }
    long quotient = x / frequency;
    states[index & 3] = (quotient << bits) + x - quotient * frequency + slot;
  }

  int bytes() {
    return Layout.STATES_BYTES + 4 * (words.length - first);
  }

  /** Writes states and words to a buffer in little-endian order. */
  void writeTo(ByteBuffer out) {
    for (long state : states) {
      out.putLong(state);
    }
    out.asIntBuffer().put(words, first, words.length - first);
    out.position(out.position() + 4 * (words.length - first));
  }
}
