package io.logitstream.schemas.compact;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** The other side of {@link RansDecoder}: takes the symbols in reverse, the last first. */
final class RansEncoder {
  private final long[] states = new long[Layout.LANES];
  private int[] words = new int[0];
  private int first;

  /** Starts anew, for at most {@code symbols} symbols. */
  void start(int symbols) {
    if (words.length < symbols + 1) {
      words = new int[symbols + symbols / 4 + 1];
    }
    first = words.length;
    Arrays.fill(states, Layout.SMALLEST_STATE);
  }

  /**
   * Encodes a series of symbols: {@code state / frequency * 2^bits + state % frequency + slot}, with the division as a
   * multiplication.
   *
   * @param divisions pairs of numbers, see {@link EncodeTable}
   * @param symbols number of the pair of each symbol
   * @param count number of symbols
   * @param bits the tables' frequencies add up to 2^bits
   */
  void encode(long[] divisions, int[] symbols, int count, int bits) {
    int i = count - 1;
    for (; i >= 0 && (i & 3) != 3; i--) {
      encodeOne(i, divisions[2 * symbols[i]], divisions[2 * symbols[i] + 1], bits);
    }
    final int[] out = words;
    final int all = 1 << bits;
    final int limitShift = 63 - bits;
    long x0 = states[0];
    long x1 = states[1];
    long x2 = states[2];
    long x3 = states[3];
    int at = first;
    for (; i >= 0; i -= 4) {
      int a3 = symbols[i] << 1;
      long r3 = divisions[a3];
      long p3 = divisions[a3 + 1];
      out[at - 1] = (int) x3;
      long full3 = ((p3 & 0xffff) << limitShift) - 1 - x3 >>> 63;
      at -= (int) full3;
      x3 >>>= full3 << 5;
      x3 += (p3 >>> 32) + (Math.multiplyHigh(x3, r3) + (x3 & r3 >> 63) >>> (p3 >>> 16)) * (all - (p3 & 0xffff));
      int a2 = symbols[i - 1] << 1;
      long r2 = divisions[a2];
      long p2 = divisions[a2 + 1];
      out[at - 1] = (int) x2;
      long full2 = ((p2 & 0xffff) << limitShift) - 1 - x2 >>> 63;
      at -= (int) full2;
      x2 >>>= full2 << 5;
      x2 += (p2 >>> 32) + (Math.multiplyHigh(x2, r2) + (x2 & r2 >> 63) >>> (p2 >>> 16)) * (all - (p2 & 0xffff));
      int a1 = symbols[i - 2] << 1;
      long r1 = divisions[a1];
      long p1 = divisions[a1 + 1];
      out[at - 1] = (int) x1;
      long full1 = ((p1 & 0xffff) << limitShift) - 1 - x1 >>> 63;
      at -= (int) full1;
      x1 >>>= full1 << 5;
      x1 += (p1 >>> 32) + (Math.multiplyHigh(x1, r1) + (x1 & r1 >> 63) >>> (p1 >>> 16)) * (all - (p1 & 0xffff));
      int a0 = symbols[i - 3] << 1;
      long r0 = divisions[a0];
      long p0 = divisions[a0 + 1];
      out[at - 1] = (int) x0;
      long full0 = ((p0 & 0xffff) << limitShift) - 1 - x0 >>> 63;
      at -= (int) full0;
      x0 >>>= full0 << 5;
      x0 += (p0 >>> 32) + (Math.multiplyHigh(x0, r0) + (x0 & r0 >> 63) >>> (p0 >>> 16)) * (all - (p0 & 0xffff));
    }
    states[0] = x0;
    states[1] = x1;
    states[2] = x2;
    states[3] = x3;
    first = at;
  }

  private void encodeOne(int index, long reciprocal, long packed, int bits) {
    long x = states[index & 3];
    long frequency = packed & 0xffff;
    // For a symbol that has all slots the limit is 2^63 - 1.
    if (x > (frequency << 63 - bits) - 1) {
      words[--first] = (int) x;
      x >>>= 32;
    }
    // The unsigned product's upper half, of a state that is never negative; a shift takes the lowest 6 bits only.
    long quotient = Math.multiplyHigh(x, reciprocal) + (x & reciprocal >> 63) >>> (packed >>> 16);
    states[index & 3] = x + (packed >>> 32) + quotient * ((1L << bits) - frequency);
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
