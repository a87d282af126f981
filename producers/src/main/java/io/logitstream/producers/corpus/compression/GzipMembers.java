package io.logitstream.producers.corpus.compression;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;

/**
 * Unpacks gzip to the end of the stream. The JDK's own class ends where the stream has nothing ready behind a member,
 * or something that is no header.
 */
final class GzipMembers extends ConcatenatedInput {
    // A failure drops what the same call has unpacked: small reads let little go with it.
    private static final int LONGEST_READ = 8192;

    private GzipCompressorInputStream member;

    /**
     * Begins to unpack.
     *
     * @param in closed with this stream
     */
    GzipMembers(BufferedInputStream in) {
        super(in, "gzip member");
    }

    @Override
    boolean atEnd() throws IOException {
        // Tapes and block devices pad with zeros, which gzip passes over too.
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
        int read = member.read(buffer, offset, Math.min(length, LONGEST_READ));
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
