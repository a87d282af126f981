package io.logitstream.producers.corpus.parquet;

import io.logitstream.producers.corpus.files.UnusableFileException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/** Decompressed bytes of a page, of which there are as many as its header says. */
final class PageBytes extends InputStream {
    /** Largest size of a value or of a dictionary that has to be held as a whole. */
    static final long MAX_HELD = Math.min(
            Integer.MAX_VALUE - 8, Math.max(64L << 20, Runtime.getRuntime().maxMemory() / 4));

    private final InputStream in;
    private long left;

    /**
     * @param in the bytes; closed with this stream
     * @param bytes number of bytes
     */
    PageBytes(InputStream in, long bytes) {
        this.in = in;
        left = bytes;
    }

    /** Bytes not yet read. */
    long left() {
        return left;
    }

    /** Next byte. */
    int next() throws IOException {
        int b = read();
        if (b < 0) {
            throw corrupt();
        }
        return b;
    }

    /** Next integer of four bytes, the lowest first. */
    int littleEndian() throws IOException {
        return next() | next() << 8 | next() << 16 | next() << 24;
    }

    /** Next integer in seven bits a byte. */
    long varint() throws IOException {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            int b = next();
            value |= (long) (b & 0x7F) << shift;
            if (b < 0x80) {
                return value;
            }
        }
        throw corrupt();
    }

    /** Next signed integer in seven bits a byte. */
    long zigzag() throws IOException {
        long value = varint();
        return (value >>> 1) ^ -(value & 1);
    }

    /** Length of a value, checked against the bytes that follow. */
    int requireLength(long length) throws IOException {
        if (length < 0 || length > left) {
            throw corrupt();
        }
        return (int) length;
    }

    /** Fills a part of an array. */
    void fill(byte[] target, int offset, int length) throws IOException {
        if (readNBytes(target, offset, length) < length) {
            throw corrupt();
        }
    }

    /** Next bytes, which are held in memory. A length that a header claims allocates nothing before the bytes are there. */
    byte[] bytes(int length) throws IOException {
        requireLength(length);
        requireHeld(length);
        return readNBytes(length);
    }

    /** Requires that bytes may be held in memory. */
    static void requireHeld(long bytes) throws IOException {
        if (bytes > MAX_HELD) {
            throw UnusableFileException.misfit("its encoding needs " + bytes + " bytes of memory at once, more than "
                    + MAX_HELD + "; give Java more with LOGITSTREAM_HEAP, or write it with plain encoding");
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        if (left == 0 || length == 0) {
            return length == 0 ? 0 : -1;
        }
        int read = in.read(buffer, offset, (int) Math.min(left, length));
        if (read < 0) {
            throw new EOFException();
        }
        left -= read;
        return read;
    }

    static UnusableFileException corrupt() {
        return UnusableFileException.damaged("a page is corrupt");
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
