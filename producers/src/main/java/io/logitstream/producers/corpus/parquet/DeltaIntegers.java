package io.logitstream.producers.corpus.parquet;

import java.io.IOException;
import java.util.Arrays;

/** Reads integers stored as differences, in blocks of packed bits (DELTA_BINARY_PACKED). */
final class DeltaIntegers {
    private static final int MAX_BLOCK = 1 << 16;
    private static final int FIRST_CAPACITY = 1 << 10;

    private final PageBytes in;
    private int[] values;
    private int filled;

    private DeltaIntegers(PageBytes in) {
        this.in = in;
    }

    /**
     * Reads all integers, each at least 0.
     *
     * @param max largest number of integers
     */
    static int[] read(PageBytes in, int max) throws IOException {
        return new DeltaIntegers(in).read(max);
    }

    private int[] read(int max) throws IOException {
        long block = in.varint();
        long parts = in.varint();
        long count = in.varint();
        int value = (int) in.zigzag();
        boolean sizes = block > 0 && block <= MAX_BLOCK && parts > 0 && parts <= block && block % parts == 0;
        if (!sizes || (block / parts) % Byte.SIZE != 0 || count < 0 || count > max) {
            throw PageBytes.corrupt();
        }
        PageBytes.requireHeld(count * Integer.BYTES);
        // The array grows with the integers that are there, not with the number that is claimed.
        values = new int[(int) Math.min(count, FIRST_CAPACITY)];
        if (count > 0) {
            add(value, (int) count);
        }
        while (filled < count) {
            value = readBlock((int) (block / parts), (int) parts, (int) count, value);
        }
        return filled == values.length ? values : Arrays.copyOf(values, filled);
    }

    private int readBlock(int partSize, int parts, int count, int before) throws IOException {
        long least = in.zigzag();
        byte[] widths = in.bytes(parts);
        int value = before;
        for (int part = 0; part < parts && filled < count; part++) {
            int width = widths[part] & 0xFF;
            if (width > Integer.SIZE) {
                throw PageBytes.corrupt();
            }
            byte[] packed = in.bytes(partSize / Byte.SIZE * width);
            for (int i = 0; i < partSize && filled < count; i++) {
                value += (int) (least + bits(packed, (long) i * width, width));
                add(value, count);
            }
        }
        return value;
    }

    private static long bits(byte[] packed, long from, int width) {
        long value = 0;
        int at = (int) (from / Byte.SIZE);
        int skip = (int) (from % Byte.SIZE);
        for (int got = -skip; got < width; got += Byte.SIZE) {
            long b = packed[at++] & 0xFF;
            value |= got < 0 ? b >>> -got : b << got;
        }
        return value & ((1L << width) - 1);
    }

    private void add(int value, int count) throws IOException {
        if (value < 0) {
            throw PageBytes.corrupt();
        }
        if (filled == values.length) {
            values = Arrays.copyOf(values, (int) Math.min(count, 2L * filled));
        }
        values[filled++] = value;
    }
}
