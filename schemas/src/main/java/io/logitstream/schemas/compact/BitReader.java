package io.logitstream.schemas.compact;

import io.logitstream.schemas.CorruptPayloadException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Reads what {@link BitWriter} has written. Reading past the end gives bits of no meaning, which {@link #requireWithin}
 * finds, so that not every read has to look.
 */
final class BitReader {
  /** Bytes that must be there to read after the end. */
  static final int PADDING = 16;

  private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private byte[] bytes;
  private long position;
  private long end;

  /**
   * @param source holds {@link #PADDING} bytes after the end
   * @param from first byte
   * @param to byte after the last
   */
  void open(byte[] source, int from, int to) {
    bytes = source;
    position = 8L * from;
    end = 8L * to;
  }

  /**
   * Reads the levels of all supports.
   *
   * @param symbols classes of the differences of levels
   * @param contexts 0 where a support begins
   * @param logProbs receives the log-probabilities
   * @return whether all levels are from 0
   */
  boolean readLevels(byte[] symbols, byte[] contexts, int count, float[] logProbs) {
    final byte[] in = bytes;
    final long last = end;
    final long[] classes = Classes.FINE.table();
    final float[] logProbOfLevel = Levels.table();
    long at = position;
    int level = Levels.MOST;
    for (int e = 0; e < count; e++) {
      long symbol = classes[symbols[e] & 0xff];
      long word = (long) LONG.get(in, (int) (Math.min(at, last) >>> 3)) >>> (at & 7);
      int extra = (int) (symbol >>> 32);
      level = contexts[e] == 0 ? Levels.MOST : level;
      level -= (int) symbol + (int) (word & (1L << extra) - 1);
      at += extra;
      if (level < 0) {
        return false;
      }
      logProbs[e] = logProbOfLevel[level];
    }
    position = at;
    return true;
  }

  /**
   * Reads the numbers of symbols.
   *
   * @param symbols {@code count} symbols
   * @param classes {@link Classes#table}
   * @param numbers receives the numbers
   */
  void readNumbers(byte[] symbols, int count, long[] classes, int[] numbers) {
    final byte[] in = bytes;
    final long last = end;
    long at = position;
    for (int i = 0; i < count; i++) {
      long symbol = classes[symbols[i] & 0xff];
      long word = (long) LONG.get(in, (int) (Math.min(at, last) >>> 3)) >>> (at & 7);
      int extra = (int) (symbol >>> 32);
      numbers[i] = (int) symbol + (int) (word & (1L << extra) - 1);
      at += extra;
    }
    position = at;
  }

  /** As {@link #readNumbers(byte[], int, long[], int[])}, for larger alphabets. */
  void readNumbers(short[] symbols, int count, long[] classes, int[] numbers) {
    final byte[] in = bytes;
    final long last = end;
    long at = position;
    for (int i = 0; i < count; i++) {
      long symbol = classes[symbols[i]];
      long word = (long) LONG.get(in, (int) (Math.min(at, last) >>> 3)) >>> (at & 7);
      int extra = (int) (symbol >>> 32);
      numbers[i] = (int) symbol + (int) (word & (1L << extra) - 1);
      at += extra;
    }
    position = at;
  }

  /** Reads at most 32 bits. */
  int read(int bits) {
    int at = (int) (Math.min(position, end) >>> 3);
    long word = (long) LONG.get(bytes, at) >>> (position & 7);
    position += bits;
    return (int) (word & (1L << bits) - 1);
  }

  int readGamma() {
    int at = (int) (Math.min(position, end) >>> 3);
    long word = (long) LONG.get(bytes, at) >>> (position & 7);
    int bits = Long.numberOfTrailingZeros(word);
    if (bits > 31) {
      throw new CorruptPayloadException(CorruptPayloadException.WHOLE_PAYLOAD, "a number of more than 31 bits");
    }
    position += bits + 1;
    long number = (1L << bits) + Integer.toUnsignedLong(read(bits));
    requireWithin();
    if (number > Integer.MAX_VALUE) {
      throw new CorruptPayloadException(CorruptPayloadException.WHOLE_PAYLOAD, "a number of more than 31 bits");
    }
    return (int) number - 1;
  }

  /** Bits read so far. */
  long position() {
    return position;
  }

  /** Requires that nothing was read past the end. */
  void requireWithin() {
    if (position > end) {
      throw new CorruptPayloadException(CorruptPayloadException.WHOLE_PAYLOAD, "its bits end too early");
    }
  }
}
