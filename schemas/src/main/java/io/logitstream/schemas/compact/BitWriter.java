package io.logitstream.schemas.compact;

import java.util.Arrays;

/** Bits, the first in the lowest bit of the first byte. */
final class BitWriter {
  private byte[] bytes = new byte[1024];
  private int size;
  private long pending;
  private int pendingBits;

  void clear() {
    size = 0;
    pending = 0;
    pendingBits = 0;
  }

  /** Writes the lowest bits of a value, at most 32, the lowest first; the value has no others. */
  void write(long value, int bits) {
    pending |= value << pendingBits;
    pendingBits += bits;
    while (pendingBits >= 8) {
      if (size == bytes.length) {
        bytes = Arrays.copyOf(bytes, 2 * size);
      }
      bytes[size++] = (byte) pending;
      pending >>>= 8;
      pendingBits -= 8;
    }
  }

  /** Elias' gamma code of a number from 0: as many zeros as the bits after the highest of value + 1, a one, these bits. */
  void writeGamma(int value) {
    long number = value + 1L;
    int bits = 63 - Long.numberOfLeadingZeros(number);
    write(1L << bits, bits + 1);
    write(number - (1L << bits), bits);
  }

  /** Fills up the last byte with zeros. */
  void finish() {
    if (pendingBits > 0) {
      write(0, 8 - pendingBits);
    }
  }

  int size() {
    return size;
  }

  byte[] bytes() {
    return bytes;
  }
}
