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

  /** Requires that nothing was read past the end. */
  void requireWithin() {
    if (position > end) {
      throw new CorruptPayloadException(CorruptPayloadException.WHOLE_PAYLOAD, "its bits end too early");
    }
  }
}
