package io.logitstream.producers.corpus.files;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** The bytes of a range of a file. Closing it leaves the file open. */
public final class FileRange extends InputStream {
    private static final int BUFFER = 1 << 16;

    private final FileChannel file;
    private final long end;
    private final byte[] buffer = new byte[BUFFER];
    private long position;
    private int from;
    private int to;

    /**
     * @param file an open file
     * @param start first byte
     * @param end byte after the last one
     */
    public FileRange(FileChannel file, long start, long end) {
        this.file = file;
        this.end = end;
        position = start;
    }

    /** Position in the file of the next byte. */
    public long position() {
        return position - (to - from);
    }

    /** Bytes up to the end. */
    public long remaining() {
        return end - position();
    }

    @Override
    public int read() throws IOException {
        return from < to || fill() ? buffer[from++] & 0xFF : -1;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (from == to && !fill()) {
            return -1;
        }
        int read = Math.min(length, to - from);
        System.arraycopy(buffer, from, target, offset, read);
        from += read;
        return read;
    }

    @Override
    public long skip(long bytes) {
        long skipped = Math.max(0, Math.min(bytes, remaining()));
        long buffered = Math.min(skipped, to - from);
        from += (int) buffered;
        position += skipped - buffered;
        return skipped;
    }

    private boolean fill() throws IOException {
        from = 0;
        to = 0;
        int wanted = (int) Math.min(BUFFER, end - position);
        int read = wanted <= 0 ? -1 : file.read(ByteBuffer.wrap(buffer, 0, wanted), position);
        if (read <= 0) {
            return false;
        }
        to = read;
        position += read;
        return true;
    }
}
