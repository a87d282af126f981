package io.logitstream.producers.corpus.parquet;

import java.io.IOException;

/** Reads integers of a fixed width in runs of equal values and in packed groups of eight. */
final class HybridReader {
    private static final int GROUP = 8;

    private final PageBytes in;
    private final int width;
    private long runLeft;
    private boolean packed;
    private int value;
    private long bits;
    private int bitCount;

    /**
     * @param in the runs
     * @param width bits of an integer, 0 to 32
     */
    HybridReader(PageBytes in, int width) throws IOException {
        if (width < 0 || width > Integer.SIZE) {
            throw PageBytes.corrupt();
        }
        this.in = in;
        this.width = width;
    }

    /** Next integer. */
    int next() throws IOException {
        if (width == 0) {
            return 0;
        }
        while (runLeft == 0) {
            beginRun();
        }
        runLeft--;
        if (!packed) {
            return value;
        }
        while (bitCount < width) {
            bits |= (long) in.next() << bitCount;
            bitCount += Byte.SIZE;
        }
        int next = (int) (bits & ((1L << width) - 1));
        bits >>>= width;
        bitCount -= width;
        return next;
    }

    private void beginRun() throws IOException {
        long head = in.varint();
        packed = (head & 1) == 1;
        runLeft = head >>> 1;
        bits = 0;
        bitCount = 0;
        if (packed) {
            runLeft *= GROUP;
        } else {
            value = 0;
            for (int shift = 0; shift < width; shift += Byte.SIZE) {
                value |= in.next() << shift;
            }
        }
        if (runLeft < 0) {
            throw PageBytes.corrupt();
        }
    }
}
