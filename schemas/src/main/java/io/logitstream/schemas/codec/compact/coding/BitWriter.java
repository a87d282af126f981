package io.logitstream.schemas.codec.compact.coding;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Writes bits, the first into the lowest bit of the first byte. */
public final class BitWriter {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int WORD_BYTES = 8;

    private byte[] bytes = new byte[1 << 12];
    private int size;
    private long pending;
    private int pendingBits;

    public void clear() {
        size = 0;
        pending = 0;
        pendingBits = 0;
    }

    /** Writes the lowest bits of a value, at most 32, lowest bit first. All other bits of the value must be 0. */
    public void write(long value, int bits) {
        if (size + WORD_BYTES > bytes.length) {
            bytes = Arrays.copyOf(bytes, 2 * bytes.length);
        }
        long word = pending | value << pendingBits;
        LONG.set(bytes, size, word);
        int all = pendingBits + bits;
        size += all >>> 3;
        pending = word >>> (all & ~7);
        pendingBits = all & 7;
    }

    /**
     * Writes the Elias gamma code of a number from 0: n zeros, a one, and the n bits of value + 1 below its highest
     * bit.
     */
    public void writeGamma(int value) {
        long number = value + 1L;
        int bits = 63 - Long.numberOfLeadingZeros(number);
        write(1L << bits, bits + 1);
        write(number - (1L << bits), bits);
    }

    /** Fills the last byte with zeros. */
    public void finish() {
        if (pendingBits > 0) {
            write(0, WORD_BYTES - pendingBits);
        }
    }

    public int size() {
        return size;
    }

    public byte[] bytes() {
        return bytes;
    }
}
