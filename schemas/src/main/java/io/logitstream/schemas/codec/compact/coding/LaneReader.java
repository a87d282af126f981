package io.logitstream.schemas.codec.compact.coding;

import io.logitstream.schemas.logits.CorruptPayloadException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Reads codes and extra bits from several bit streams (lanes) in turn, so that the processor can look up the next code
 * before it knows the length of the current one. For valid data, no branch in the loops depends on the data.
 */
public final class LaneReader {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    /** Position of each lane's next bit. */
    public final long[] at = new long[CompactLayout.LANES];

    private final long[] ends = new long[CompactLayout.LANES];
    public byte[] bytes;

    /**
     * Starts to read lanes.
     *
     * @param source bytes, with {@link BitReader#PADDING} bytes after the last lane
     * @param bounds start of each lane and end of the last lane, in bytes
     */
    public void open(byte[] source, int[] bounds) {
        bytes = source;
        for (int lane = 0; lane < CompactLayout.LANES; lane++) {
            at[lane] = 8L * bounds[lane];
            ends[lane] = 8L * bounds[lane + 1];
        }
    }

    /**
     * Reads a pass of numbers that share one table.
     *
     * @param values {@link NumberClasses#table} of the symbols
     * @param numbers receives the numbers
     */
    public void readNumbers(DecodeTable table, long[] values, int count, int[] numbers) {
        final byte[] in = bytes;
        final char[] slots = table.slots;
        final int mask = (1 << table.bits) - 1;
        final long limit = limit();
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

    /** The bits from a position on, at least 57 of them. */
    public static long word(byte[] in, long position) {
        return (long) LONG.get(in, (int) (position >>> 3)) >>> (position & 7);
    }

    /** Reads the {@code index}-th number of a pass whose table depends on the previous number. */
    public int readOne(DecodeTable table, int context, long[] values, int index) {
        long position = at[index & CompactLayout.LANES - 1];
        if (position > limit()) {
            throw tooShort();
        }
        long word = word(bytes, position);
        int slot = table.slots[context << table.bits | (int) word & (1 << table.bits) - 1];
        long value = values[slot >>> 4];
        at[index & CompactLayout.LANES - 1] = position + (slot & 15) + (value >>> 32);
        return number(word, slot, value);
    }

    /** Position at which no lane may read any more. The end of each lane is checked only after the last pass. */
    public long limit() {
        return ends[CompactLayout.LANES - 1];
    }

    /** Number of bits read so far, up to a constant. */
    public long bitsRead() {
        long bits = 0;
        for (long position : at) {
            bits += position;
        }
        return bits;
    }

    /** Requires that every lane was read exactly to its last byte. Padding may follow the last lane. */
    public void requireEnd() {
        for (int lane = 0; lane < CompactLayout.LANES; lane++) {
            if (at[lane] > ends[lane] || lane < CompactLayout.LANES - 1 && at[lane] <= ends[lane] - 8) {
                throw corrupt("its codes do not end at the end of their lanes");
            }
        }
    }

    public static CorruptPayloadException tooShort() {
        return corrupt("its codes end too early");
    }

    public static CorruptPayloadException corrupt(String detail) {
        return new CorruptPayloadException(CorruptPayloadException.WHOLE_PAYLOAD, detail);
    }
}
