package io.logitstream.schemas.codec.compact.coding;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Writes the lanes that {@link LaneReader} reads. Each lane has its own part of one array. */
public final class LaneWriter {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    /** Place of the difference of levels in an entry, after 9 bits for the kind and 10 bits for the level. */
    public static final int LEVEL_SHIFT = 19;

    private static final int LEVEL_MASK = 1023;

    private final long[] at = new long[CompactLayout.LANES];
    /** Pending bits of each lane, which do not yet fill a byte. */
    private final long[] pending = new long[CompactLayout.LANES];

    private byte[] bytes = new byte[0];
    private int laneBytes;

    /** Clears the lanes and divides space for a number of bits evenly among them. */
    public void start(long mostBits) {
        laneBytes = Math.toIntExact(mostBits / CompactLayout.LANES / 8 + 64);
        if (bytes.length < CompactLayout.LANES * (long) laneBytes) {
            bytes = new byte[Math.multiplyExact(CompactLayout.LANES, laneBytes)];
        }
        for (int lane = 0; lane < CompactLayout.LANES; lane++) {
            at[lane] = 8L * lane * laneBytes;
        }
        Arrays.fill(pending, 0);
    }

    /**
     * Writes a pass of numbers.
     *
     * @param symbols symbols of the numbers
     * @param codes codes of the symbols, see {@link EncodeTable#codes}
     * @param classes {@link NumberClasses#table} of the symbols
     */
    public void writeNumbers(char[] symbols, int[] numbers, int[] codes, long[] classes, int count) {
        final byte[] out = bytes;
        long p0 = at[0];
        long r0 = pending[0];
        long p1 = at[1];
        long r1 = pending[1];
        long p2 = at[2];
        long r2 = pending[2];
        long p3 = at[3];
        long r3 = pending[3];
        int i = 0;
        for (; i < count - 3; i += 4) {
            int c0 = codes[symbols[i]];
            long v0 = classes[symbols[i]];
            r0 |= put(c0, v0, numbers[i]) << (p0 & 7);
            LONG.set(out, (int) (p0 >>> 3), r0);
            int n0 = (c0 >>> 16) + (int) (v0 >>> 32);
            r0 >>>= (int) (p0 & 7) + n0 & ~7;
            p0 += n0;
            int c1 = codes[symbols[i + 1]];
            long v1 = classes[symbols[i + 1]];
            r1 |= put(c1, v1, numbers[i + 1]) << (p1 & 7);
            LONG.set(out, (int) (p1 >>> 3), r1);
            int n1 = (c1 >>> 16) + (int) (v1 >>> 32);
            r1 >>>= (int) (p1 & 7) + n1 & ~7;
            p1 += n1;
            int c2 = codes[symbols[i + 2]];
            long v2 = classes[symbols[i + 2]];
            r2 |= put(c2, v2, numbers[i + 2]) << (p2 & 7);
            LONG.set(out, (int) (p2 >>> 3), r2);
            int n2 = (c2 >>> 16) + (int) (v2 >>> 32);
            r2 >>>= (int) (p2 & 7) + n2 & ~7;
            p2 += n2;
            int c3 = codes[symbols[i + 3]];
            long v3 = classes[symbols[i + 3]];
            r3 |= put(c3, v3, numbers[i + 3]) << (p3 & 7);
            LONG.set(out, (int) (p3 >>> 3), r3);
            int n3 = (c3 >>> 16) + (int) (v3 >>> 32);
            r3 >>>= (int) (p3 & 7) + n3 & ~7;
            p3 += n3;
        }
        at[0] = p0;
        pending[0] = r0;
        at[1] = p1;
        pending[1] = r1;
        at[2] = p2;
        pending[2] = r2;
        at[3] = p3;
        pending[3] = r3;
        for (; i < count; i++) {
            int code = codes[symbols[i]];
            long value = classes[symbols[i]];
            write(i & CompactLayout.LANES - 1, put(code, value, numbers[i]), (code >>> 16) + (int) (value >>> 32));
        }
    }

    // A code and its extra bits.
    private static long put(int code, long value, int number) {
        return code & 0xffff | (number & (1L << (value >>> 32)) - 1) << (code >>> 16);
    }

    /**
     * Writes the levels and kinds of all entries.
     *
     * @param entries packed entries: the difference of levels, the index of the level's code, that of the kind's code
     * @param levels codes of the levels with the numbers of their extra bits
     * @param kinds codes of the kinds
     */
    public void writeEntries(int[] entries, int[] levels, int[] kinds, int count) {
        final byte[] out = bytes;
        long p0 = at[0];
        long r0 = pending[0];
        long p1 = at[1];
        long r1 = pending[1];
        long p2 = at[2];
        long r2 = pending[2];
        long p3 = at[3];
        long r3 = pending[3];
        int e = 0;
        // Two entries of each lane per iteration, which fit into a 64-bit word together with the pending bits.
        for (; e < count - 7; e += 8) {
            int e0 = entries[e];
            int l0 = levels[e0 >>> 9 & LEVEL_MASK];
            int k0 = kinds[e0 & 511];
            int n0 = (l0 >>> 27) + (k0 >>> 16);
            long w0 = put(e0, l0, k0);
            e0 = entries[e + 4];
            l0 = levels[e0 >>> 9 & LEVEL_MASK];
            k0 = kinds[e0 & 511];
            r0 |= (w0 | put(e0, l0, k0) << n0) << (p0 & 7);
            LONG.set(out, (int) (p0 >>> 3), r0);
            n0 += (l0 >>> 27) + (k0 >>> 16) + (int) (p0 & 7);
            r0 >>>= n0 & ~7;
            p0 = (p0 & ~7) + n0;
            int e1 = entries[e + 1];
            int l1 = levels[e1 >>> 9 & LEVEL_MASK];
            int k1 = kinds[e1 & 511];
            int n1 = (l1 >>> 27) + (k1 >>> 16);
            long w1 = put(e1, l1, k1);
            e1 = entries[e + 5];
            l1 = levels[e1 >>> 9 & LEVEL_MASK];
            k1 = kinds[e1 & 511];
            r1 |= (w1 | put(e1, l1, k1) << n1) << (p1 & 7);
            LONG.set(out, (int) (p1 >>> 3), r1);
            n1 += (l1 >>> 27) + (k1 >>> 16) + (int) (p1 & 7);
            r1 >>>= n1 & ~7;
            p1 = (p1 & ~7) + n1;
            int e2 = entries[e + 2];
            int l2 = levels[e2 >>> 9 & LEVEL_MASK];
            int k2 = kinds[e2 & 511];
            int n2 = (l2 >>> 27) + (k2 >>> 16);
            long w2 = put(e2, l2, k2);
            e2 = entries[e + 6];
            l2 = levels[e2 >>> 9 & LEVEL_MASK];
            k2 = kinds[e2 & 511];
            r2 |= (w2 | put(e2, l2, k2) << n2) << (p2 & 7);
            LONG.set(out, (int) (p2 >>> 3), r2);
            n2 += (l2 >>> 27) + (k2 >>> 16) + (int) (p2 & 7);
            r2 >>>= n2 & ~7;
            p2 = (p2 & ~7) + n2;
            int e3 = entries[e + 3];
            int l3 = levels[e3 >>> 9 & LEVEL_MASK];
            int k3 = kinds[e3 & 511];
            int n3 = (l3 >>> 27) + (k3 >>> 16);
            long w3 = put(e3, l3, k3);
            e3 = entries[e + 7];
            l3 = levels[e3 >>> 9 & LEVEL_MASK];
            k3 = kinds[e3 & 511];
            r3 |= (w3 | put(e3, l3, k3) << n3) << (p3 & 7);
            LONG.set(out, (int) (p3 >>> 3), r3);
            n3 += (l3 >>> 27) + (k3 >>> 16) + (int) (p3 & 7);
            r3 >>>= n3 & ~7;
            p3 = (p3 & ~7) + n3;
        }
        at[0] = p0;
        pending[0] = r0;
        at[1] = p1;
        pending[1] = r1;
        at[2] = p2;
        pending[2] = r2;
        at[3] = p3;
        pending[3] = r3;
        for (; e < count; e++) {
            int level = levels[entries[e] >>> 9 & LEVEL_MASK];
            int kind = kinds[entries[e] & 511];
            write(e & CompactLayout.LANES - 1, put(entries[e], level, kind), (level >>> 27) + (kind >>> 16));
        }
    }

    // The code of a level, its extra bits and the code of a kind.
    private static long put(int entry, int level, int kind) {
        return level & 0xffff
                | (entry >>> LEVEL_SHIFT & (1 << (level >>> 22)) - 1) << (level >>> 16 & 15)
                | (kind & 0xffffL) << (level >>> 27);
    }

    private void write(int lane, long put, int bits) {
        long position = at[lane];
        long word = pending[lane] | put << (position & 7);
        LONG.set(bytes, (int) (position >>> 3), word);
        pending[lane] = word >>> ((int) (position & 7) + bits & ~7);
        at[lane] = position + bits;
    }

    /** Size of a lane in bytes. The last byte is filled with zeros. */
    public int size(int lane) {
        return (int) (at[lane] + 7 - 8L * lane * laneBytes >>> 3);
    }

    /** Writes all lanes one after another. */
    public void writeTo(ByteBuffer out) {
        for (int lane = 0; lane < CompactLayout.LANES; lane++) {
            out.put(bytes, lane * laneBytes, size(lane));
        }
    }
}
