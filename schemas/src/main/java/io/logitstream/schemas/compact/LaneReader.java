package io.logitstream.schemas.compact;

import io.logitstream.schemas.CorruptPayloadException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Reads codes and their extra bits from streams that take turns, so that a processor need not wait for the length of a code
 * before it looks up the next. The loops have no branch that depends on valid data.
 */
final class LaneReader {
  private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final long[] at = new long[Layout.LANES];
  private final long[] ends = new long[Layout.LANES];
  private byte[] bytes;

  /**
   * @param source holds {@link BitReader#PADDING} bytes after the last lane
   * @param bounds where each lane begins, and where the last ends, in bytes
   */
  void open(byte[] source, int[] bounds) {
    bytes = source;
    for (int lane = 0; lane < Layout.LANES; lane++) {
      at[lane] = 8L * bounds[lane];
      ends[lane] = 8L * bounds[lane + 1];
    }
  }

  /**
   * Reads a pass of numbers with one table.
   *
   * @param values {@link Classes#table} of the symbols
   * @param numbers receives them
   */
  void readNumbers(DecodeTable table, long[] values, int count, int[] numbers) {
    final byte[] in = bytes;
    final char[] slots = table.slots;
    final int mask = (1 << table.bits) - 1;
    final long limit = ends[Layout.LANES - 1];
    long p0 = at[0];
    long p1 = at[1];
    long p2 = at[2];
    long p3 = at[3];
    int i = 0;
    for (; i < count - 3; i += 4) {
      if ((limit - p0 | limit - p1 | limit - p2 | limit - p3) < 0) {
        throw tooShort();
      }
      long w0 = word(in, p0);
      int s0 = slots[(int) w0 & mask];
      long v0 = values[s0 >>> 4];
      p0 += (s0 & 15) + (v0 >>> 32);
      numbers[i] = number(w0, s0, v0);
      long w1 = word(in, p1);
      int s1 = slots[(int) w1 & mask];
      long v1 = values[s1 >>> 4];
      p1 += (s1 & 15) + (v1 >>> 32);
      numbers[i + 1] = number(w1, s1, v1);
      long w2 = word(in, p2);
      int s2 = slots[(int) w2 & mask];
      long v2 = values[s2 >>> 4];
      p2 += (s2 & 15) + (v2 >>> 32);
      numbers[i + 2] = number(w2, s2, v2);
      long w3 = word(in, p3);
      int s3 = slots[(int) w3 & mask];
      long v3 = values[s3 >>> 4];
      p3 += (s3 & 15) + (v3 >>> 32);
      numbers[i + 3] = number(w3, s3, v3);
    }
    at[0] = p0;
    at[1] = p1;
    at[2] = p2;
    at[3] = p3;
    for (; i < count; i++) {
      numbers[i] = readOne(table, 0, values, i);
    }
  }

  private static int number(long word, int slot, long value) {
    return (int) value + (int) (word >>> (slot & 15) & (1L << (value >>> 32)) - 1);
  }

  /**
   * Reads levels and kinds of all entries.
   *
   * @param levels entries of {@link LevelTable}
   * @param kinds slots of a {@link DecodeTable} of {@link Layout#KIND_BITS} bits
   * @param contexts of {@link Layout#context}
   */
  void readEntries(int[] levels, char[] kinds, byte[] contexts, int count, float[] logProbs, byte[] kindOf) {
    final byte[] in = bytes;
    final float[] logProbOfLevel = Levels.table();
    final long limit = ends[Layout.LANES - 1];
    long p0 = at[0];
    long p1 = at[1];
    long p2 = at[2];
    long p3 = at[3];
    int level = Levels.MOST;
    int e = 0;
    for (; e < count - 3; e += 4) {
      if ((limit - p0 | limit - p1 | limit - p2 | limit - p3) < 0) {
        throw tooShort();
      }
      int c0 = contexts[e];
      long w0 = word(in, p0);
      int l0 = levels[levelSlot(c0, w0)];
      int k0 = kinds[kindSlot(c0, w0 >>> l0)];
      p0 += (l0 & 63) + (k0 & 15);
      int c1 = contexts[e + 1];
      long w1 = word(in, p1);
      int l1 = levels[levelSlot(c1, w1)];
      int k1 = kinds[kindSlot(c1, w1 >>> l1)];
      p1 += (l1 & 63) + (k1 & 15);
      int c2 = contexts[e + 2];
      long w2 = word(in, p2);
      int l2 = levels[levelSlot(c2, w2)];
      int k2 = kinds[kindSlot(c2, w2 >>> l2)];
      p2 += (l2 & 63) + (k2 & 15);
      int c3 = contexts[e + 3];
      long w3 = word(in, p3);
      int l3 = levels[levelSlot(c3, w3)];
      int k3 = kinds[kindSlot(c3, w3 >>> l3)];
      p3 += (l3 & 63) + (k3 & 15);
      kindOf[e] = (byte) (k0 >>> 4);
      int v0 = below(level, c0, w0, l0);
      kindOf[e + 1] = (byte) (k1 >>> 4);
      int v1 = below(v0, c1, w1, l1);
      kindOf[e + 2] = (byte) (k2 >>> 4);
      int v2 = below(v1, c2, w2, l2);
      kindOf[e + 3] = (byte) (k3 >>> 4);
      int v3 = below(v2, c3, w3, l3);
      if ((v0 | v1 | v2 | v3) < 0) {
        throw corrupt("a log-probability below the smallest");
      }
      logProbs[e] = logProbOfLevel[v0];
      logProbs[e + 1] = logProbOfLevel[v1];
      logProbs[e + 2] = logProbOfLevel[v2];
      logProbs[e + 3] = logProbOfLevel[v3];
      level = v3;
    }
    at[0] = p0;
    at[1] = p1;
    at[2] = p2;
    at[3] = p3;
    for (; e < count; e++) {
      int context = contexts[e];
      long word = word(in, Math.min(limit, at[e & 3]));
      int entry = levels[levelSlot(context, word)];
      int slot = kinds[kindSlot(context, word >>> entry)];
      at[e & 3] += (entry & 63) + (slot & 15);
      kindOf[e] = (byte) (slot >>> 4);
      level = below(level, context, word, entry);
      if (level < 0) {
        throw corrupt("a log-probability below the smallest");
      }
      logProbs[e] = logProbOfLevel[level];
    }
  }

  private static long word(byte[] in, long position) {
    return (long) LONG.get(in, (int) (position >>> 3)) >>> (position & 7);
  }

  private static int levelSlot(int context, long word) {
    return (context & 15) << Layout.LEVEL_BITS | (int) word & (1 << Layout.LEVEL_BITS) - 1;
  }

  private static int kindSlot(int context, long word) {
    return context >>> 4 << Layout.KIND_BITS | (int) word & (1 << Layout.KIND_BITS) - 1;
  }

  // The level after another; the first of a support begins anew, without a branch, since it cannot be predicted.
  private static int below(int level, int context, long word, int entry) {
    int base = level + (Levels.MOST - level & (context & 15) - 1 >> 31);
    return base - (entry >>> 17) - ((int) (word >>> (entry >>> 11)) & (1 << (entry >>> 6)) - 1);
  }

  /** Reads the {@code index}-th number of a pass whose table depends on the number before. */
  int readOne(DecodeTable table, int context, long[] values, int index) {
    long position = at[index & Layout.LANES - 1];
    if (position > ends[Layout.LANES - 1]) {
      throw tooShort();
    }
    long word = word(bytes, position);
    int slot = table.slots[context << table.bits | (int) word & (1 << table.bits) - 1];
    long value = values[slot >>> 4];
    at[index & Layout.LANES - 1] = position + (slot & 15) + (value >>> 32);
    return number(word, slot, value);
  }

  /** Bits read so far, up to a constant. */
  long bitsRead() {
    long bits = 0;
    for (long position : at) {
      bits += position;
    }
    return bits;
  }

  /** Requires that every lane was read to its last byte, and none further; after the last there may be padding. */
  void requireEnd() {
    for (int lane = 0; lane < Layout.LANES; lane++) {
      if (at[lane] > ends[lane] || lane < Layout.LANES - 1 && at[lane] <= ends[lane] - 8) {
        throw corrupt("its codes do not end where they must");
      }
    }
  }

  private static CorruptPayloadException tooShort() {
    return corrupt("its codes end too early");
  }

  private static CorruptPayloadException corrupt(String detail) {
    return new CorruptPayloadException(CorruptPayloadException.WHOLE_PAYLOAD, detail);
  }
}
