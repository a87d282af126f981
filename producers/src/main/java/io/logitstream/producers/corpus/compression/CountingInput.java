package io.logitstream.producers.corpus.compression;

import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;

/** Counts the bytes read from a buffered stream. A reset to the mark also resets the count. */
final class CountingInput extends FilterInputStream {
    private long count;
    private long marked;

    CountingInput(BufferedInputStream in) {
        super(in);
    }

    /** Number of bytes read. */
    long count() {
        return count;
    }

    /** Next byte without reading it; -1 at the end. */
    int peek() throws IOException {
        mark(1);
        int next = read();
        reset();
        return next;
    }

    @Override
    public int read() throws IOException {
        int read = super.read();
        count += read < 0 ? 0 : 1;
        return read;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        int read = super.read(buffer, offset, length);
        count += Math.max(0, read);
        return read;
    }

    @Override
    public long skip(long bytes) throws IOException {
        long skipped = super.skip(bytes);
        count += skipped;
        return skipped;
    }

    @Override
    public synchronized void mark(int limit) {
        super.mark(limit);
        marked = count;
    }

    @Override
    public synchronized void reset() throws IOException {
        super.reset();
        count = marked;
    }
}
