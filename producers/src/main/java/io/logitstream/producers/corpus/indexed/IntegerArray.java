package io.logitstream.producers.corpus.indexed;

import io.logitstream.producers.corpus.files.FileRange;
import io.logitstream.producers.corpus.files.UnusableFileException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;

/** Reads an array of integers in a file from its beginning to its end, the lowest byte of each first. */
final class IntegerArray {
    private final FileRange in;
    private final int width;

    /**
     * @param start position in the file
     * @param count number of integers
     * @param width bytes of an integer
     */
    IntegerArray(FileChannel file, long start, long count, int width) {
        in = new FileRange(file, start, start + count * width);
        this.width = width;
    }

    /** Number of integers that follow. */
    long left() {
        return in.remaining() / width;
    }

    /** Next integer, which must not be negative. */
    long next() throws IOException {
        long value = little(in, width);
        if (value < 0 || width == Integer.BYTES && value > Integer.MAX_VALUE) {
            throw UnusableFileException.damaged("its index is corrupt");
        }
        return value;
    }

    /** Reads an integer of a number of bytes. */
    static long little(InputStream in, int bytes) throws IOException {
        long value = 0;
        for (int shift = 0; shift < bytes * Byte.SIZE; shift += Byte.SIZE) {
            int b = in.read();
            if (b < 0) {
                throw new EOFException();
            }
            value |= (long) b << shift;
        }
        return value;
    }
}
