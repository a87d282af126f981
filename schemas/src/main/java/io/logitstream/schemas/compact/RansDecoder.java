package io.logitstream.schemas.compact;

import io.logitstream.schemas.CorruptPayloadException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Range asymmetric numeral system (Duda, arXiv 1311.2540), four states that take turns, so that a processor works on four
 * symbols at a time. The loops have no branch that depends on the data.
 */
final class RansDecoder {
  private static final long WORD = 0xffffffffL;

  private final long[] states = new long[Layout.LANES];
  private int[] words = new int[0];
  private int position;
  private int end;

  /** Starts with the states at the buffer's position; words follow until its limit. */
  void open(ByteBuffer source) {
    ByteBuffer in = source.slice().order(ByteOrder.LITTLE_ENDIAN);
    for (int lane = 0; lane < Layout.LANES; lane++) {
      states[lane] = in.getLong();
      if (states[lane] < Layout.SMALLEST_STATE) {
        throw corrupt("an impossible state of the entropy decoder");
      }
    }
    if (in.remaining() % 4 != 0) {
      throw corrupt("its words do not end with its bytes");
    }
    end = in.remaining() / 4;
    // A loop may read one word for each lane after the end before it looks.
    if (words.length < end + 2 * Layout.LANES) {
      words = new int[end + end / 4 + 2 * Layout.LANES];
    }
    in.asIntBuffer().get(words, 0, end);
    position = 0;
  }

  /**
   * Decodes symbols of small alphabets.
   *
   * @param table entries of {@link DecodeTable#entry}, 2^BITS for each context
   * @param contexts context of each symbol
   */
  void decode(int[] table, byte[] contexts, int count, byte[] symbols) {
    final int mask = (1 << Layout.BITS) - 1;
    final int[] in = words;
    long x0 = states[0];
    long x1 = states[1];
    long x2 = states[2];
    long x3 = states[3];
    int at = position;
    int i = 0;
    for (; i < count - 3; i += 4) {
      int e0 = table[contexts[i] << Layout.BITS | (int) x0 & mask];
      int e1 = table[contexts[i + 1] << Layout.BITS | (int) x1 & mask];
      int e2 = table[contexts[i + 2] << Layout.BITS | (int) x2 & mask];
      int e3 = table[contexts[i + 3] << Layout.BITS | (int) x3 & mask];
      symbols[i] = (byte) (e0 >>> 24);
      symbols[i + 1] = (byte) (e1 >>> 24);
      symbols[i + 2] = (byte) (e2 >>> 24);
      symbols[i + 3] = (byte) (e3 >>> 24);
      x0 = (e0 & 0xfff) * (x0 >>> Layout.BITS) + (e0 >>> 12 & 0xfff);
      x1 = (e1 & 0xfff) * (x1 >>> Layout.BITS) + (e1 >>> 12 & 0xfff);
      x2 = (e2 & 0xfff) * (x2 >>> Layout.BITS) + (e2 >>> 12 & 0xfff);
      x3 = (e3 & 0xfff) * (x3 >>> Layout.BITS) + (e3 >>> 12 & 0xfff);
      if (at > end) {
        throw corrupt("its words end too early");
      }
      long s0 = x0 - Layout.SMALLEST_STATE >> 63;
      x0 = x0 << (s0 & 32) | in[at] & WORD & s0;
      at -= (int) s0;
      long s1 = x1 - Layout.SMALLEST_STATE >> 63;
      x1 = x1 << (s1 & 32) | in[at] & WORD & s1;
      at -= (int) s1;
      long s2 = x2 - Layout.SMALLEST_STATE >> 63;
      x2 = x2 << (s2 & 32) | in[at] & WORD & s2;
      at -= (int) s2;
      long s3 = x3 - Layout.SMALLEST_STATE >> 63;
      x3 = x3 << (s3 & 32) | in[at] & WORD & s3;
      at -= (int) s3;
    }
    states[0] = x0;
    states[1] = x1;
    states[2] = x2;
    states[3] = x3;
    position = at;
    for (; i < count; i++) {
      symbols[i] = (byte) decodeOne(table, contexts[i], i);
    }
  }

  /** Decodes the {@code index}-th symbol of a series on its own. */
  int decodeOne(int[] table, int context, int index) {
    long x = states[index & 3];
    int entry = table[context << Layout.BITS | (int) x & (1 << Layout.BITS) - 1];
    advance(index & 3, (entry & 0xfff) * (x >>> Layout.BITS) + (entry >>> 12 & 0xfff));
    return entry >>> 24;
  }

  /**
   * Decodes symbols of the table of ids.
   *
   * @param symbolOf symbol of each of the 2^ID_BITS slots
   * @param ranges for each symbol its frequency - 1 in the upper and its first slot in the lower 16 bits
   */
  void decodeIds(short[] symbolOf, int[] ranges, int count, short[] symbols) {
    final int mask = (1 << Layout.ID_BITS) - 1;
    final int[] in = words;
    long x0 = states[0];
    long x1 = states[1];
    long x2 = states[2];
    long x3 = states[3];
    int at = position;
    int i = 0;
    for (; i < count - 3; i += 4) {
      int slot0 = (int) x0 & mask;
      int slot1 = (int) x1 & mask;
      int slot2 = (int) x2 & mask;
      int slot3 = (int) x3 & mask;
      short y0 = symbolOf[slot0];
      short y1 = symbolOf[slot1];
      short y2 = symbolOf[slot2];
      short y3 = symbolOf[slot3];
      symbols[i] = y0;
      symbols[i + 1] = y1;
      symbols[i + 2] = y2;
      symbols[i + 3] = y3;
      int r0 = ranges[y0];
      int r1 = ranges[y1];
      int r2 = ranges[y2];
      int r3 = ranges[y3];
      x0 = ((r0 >>> 16) + 1) * (x0 >>> Layout.ID_BITS) + slot0 - (r0 & 0xffff);
      x1 = ((r1 >>> 16) + 1) * (x1 >>> Layout.ID_BITS) + slot1 - (r1 & 0xffff);
      x2 = ((r2 >>> 16) + 1) * (x2 >>> Layout.ID_BITS) + slot2 - (r2 & 0xffff);
      x3 = ((r3 >>> 16) + 1) * (x3 >>> Layout.ID_BITS) + slot3 - (r3 & 0xffff);
      if (at > end) {
        throw corrupt("its words end too early");
      }
      long s0 = x0 - Layout.SMALLEST_STATE >> 63;
      x0 = x0 << (s0 & 32) | in[at] & WORD & s0;
      at -= (int) s0;
      long s1 = x1 - Layout.SMALLEST_STATE >> 63;
      x1 = x1 << (s1 & 32) | in[at] & WORD & s1;
      at -= (int) s1;
      long s2 = x2 - Layout.SMALLEST_STATE >> 63;
      x2 = x2 << (s2 & 32) | in[at] & WORD & s2;
      at -= (int) s2;
      long s3 = x3 - Layout.SMALLEST_STATE >> 63;
      x3 = x3 << (s3 & 32) | in[at] & WORD & s3;
      at -= (int) s3;
    }
    states[0] = x0;
    states[1] = x1;
    states[2] = x2;
    states[3] = x3;
    position = at;
    for (; i < count; i++) {
      long x = states[i & 3];
      int slot = (int) x & mask;
      short symbol = symbolOf[slot];
      int range = ranges[symbol];
      symbols[i] = symbol;
      advance(i & 3, ((range >>> 16) + 1) * (x >>> Layout.ID_BITS) + slot - (range & 0xffff));
    }
  }

  /** Information read so far, in bits, up to a constant: what the states have lost and the words have brought. */
  double bitsRead() {
    double bits = 32.0 * position;
    for (long state : states) {
      bits -= Math.log(state) / Math.log(2);
    }
    return bits;
  }

  private void advance(int lane, long x) {
    if (x >= Layout.SMALLEST_STATE) {
      states[lane] = x;
      return;
    }
    if (position == end) {
      throw corrupt("its words end too early");
    }
    states[lane] = x << 32 | words[position++] & WORD;
  }

  /** Requires that all words were read and the states are those that the encoder began with. */
  void requireEnd() {
    for (long state : states) {
      if (state != Layout.SMALLEST_STATE) {
        throw corrupt("its symbols do not end where they must");
      }
    }
    if (position != end) {
      throw corrupt("its words do not end with its symbols");
    }
  }

  private static CorruptPayloadException corrupt(String detail) {
    return new CorruptPayloadException(CorruptPayloadException.WHOLE_PAYLOAD, detail);
  }
}
