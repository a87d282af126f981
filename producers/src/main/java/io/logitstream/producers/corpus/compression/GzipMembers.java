package io.logitstream.producers.corpus.compression;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;

/**
 * Decompresses all members of a gzip stream. The JDK's class stops early if no byte is available after a member, or if
 * other bytes follow it.
 */
final class GzipMembers extends ConcatenatedInput {
    // A failing call loses the bytes it has decompressed so far: small reads lose little.
    private static final int MAX_READ = 8192;

    private GzipCompressorInputStream member;

    /**
     * Starts to decompress.
     *
     * @param in compressed stream, closed with this one
     */
    GzipMembers(BufferedInputStream in) {
        super(in, "gzip member");
    }

    @Override
    boolean atEnd() throws IOException {
        // Tapes and block devices pad with zeros. The gzip command ignores them as well.
        int next = in.peek();
        while (next == 0) {
            in.read();
            next = in.peek();
        }
        return next < 0;
    }

    @Override
    long position() {
        return in.count();
    }

    @Override
    void begin() throws IOException {
        if (in.peek() < 0) {
            throw new EOFException();
        }
        member = GzipCompressorInputStream.builder()
                .setInputStream(in)
                .setDecompressConcatenated(false)
                .get();
    }

    @Override
    int readPart(byte[] buffer, int offset, int length) throws IOException {
        int read = member.read(buffer, offset, Math.min(length, MAX_READ));
        if (read < 0) {
            member = null;
        }
        return read;
    }

    @Override
    public void close() throws IOException {
        if (member != null) {
            member.close();
        }
        super.close();
    }
}
