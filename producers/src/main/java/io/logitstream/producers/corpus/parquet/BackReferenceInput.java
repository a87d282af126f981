package io.logitstream.producers.corpus.parquet;

import io.logitstream.producers.corpus.files.UnusableFileException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/**
 * Decompresses a format of literals and references to earlier output, with a window of the last output in place of the
 * whole page. The libraries of these formats take a block as a whole, which can be as large as a row.
 */
abstract class BackReferenceInput extends InputStream {
    // All compressors known refer back by less than 64 Ki, although Snappy's format allows more.
    private static final int WINDOW = 1 << 20;

    final InputStream in;
    private final byte[] window = new byte[WINDOW];
    private long given;
    private long blockStart;
    private long literals;
    private long copies;
    private int distance;

    /** @param in compressed bytes, which end with the data */
    BackReferenceInput(InputStream in) {
        this.in = in;
    }

    /** Reads the next element, and passes it to {@link #literals} or {@link #copy}. False at the end of the data. */
    abstract boolean nextElement() throws IOException;

    /** Begins a block, which refers to nothing before it. */
    final void beginBlock() {
        blockStart = given;
    }

    /** Bytes decompressed so far. */
    final long given() {
        return given;
    }

    /** The next bytes are literals. A copy may follow them. */
    final void literals(long length) {
        literals = length;
    }

    /** The next bytes, after the literals, repeat earlier output. */
    final void copy(long length, long back) throws IOException {
        if (back < 1 || back > given + literals - blockStart) {
            throw corrupt();
        }
        if (back > WINDOW) {
            throw UnusableFileException.damaged("its compressed data refers back by " + back
                    + " bytes, more than any known writer does; write it with zstd");
        }
        copies = length;
        distance = (int) back;
    }

    @Override
    public final int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public final int read(byte[] buffer, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        while (literals == 0 && copies == 0) {
            if (!nextElement()) {
                return -1;
            }
        }
        int read = literals > 0 ? readLiterals(buffer, offset, length) : readCopy(buffer, offset, length);
        given += read;
        return read;
    }

    private int readLiterals(byte[] buffer, int offset, int length) throws IOException {
        int read = in.read(buffer, offset, (int) Math.min(literals, length));
        if (read < 0) {
            throw new EOFException();
        }
        literals -= read;
        int from = offset + Math.max(0, read - WINDOW);
        for (int copied = from; copied < offset + read; ) {
            int at = (int) ((given + copied - offset) & (WINDOW - 1));
            int part = Math.min(offset + read - copied, WINDOW - at);
            System.arraycopy(buffer, copied, window, at, part);
            copied += part;
        }
        return read;
    }

    private int readCopy(byte[] buffer, int offset, int length) {
        int read = (int) Math.min(copies, length);
        for (int i = 0; i < read; i++) {
            long at = given + i;
            byte b = window[(int) ((at - distance) & (WINDOW - 1))];
            window[(int) (at & (WINDOW - 1))] = b;
            buffer[offset + i] = b;
        }
        copies -= read;
        return read;
    }

    /** Next byte of the compressed data. */
    final int next() throws IOException {
        int b = in.read();
        if (b < 0) {
            throw new EOFException();
        }
        return b;
    }

    /** Next integer of a number of bytes, the lowest first. */
    final long little(int bytes) throws IOException {
        long value = 0;
        for (int i = 0; i < bytes; i++) {
            value |= (long) next() << (8 * i);
        }
        return value;
    }

    static UnusableFileException corrupt() {
        return UnusableFileException.damaged("its compressed data is corrupt");
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
