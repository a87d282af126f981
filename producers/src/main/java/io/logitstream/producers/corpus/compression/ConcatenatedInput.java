package io.logitstream.producers.corpus.compression;

import io.logitstream.messages.FailureText;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.ClosedByInterruptException;

/**
 * Decompresses concatenated parts (gzip members or zstd frames) up to the end of the stream. A read never crosses the
 * end of a part, and {@code available} is always 0: a buffering reader would otherwise ask for more bytes and lose
 * intact ones when that fails.
 */
abstract class ConcatenatedInput extends InputStream {
    final CountingInput in;
    private final String kind;
    private int part;
    private long partStart;
    private boolean inPart;
    private long given;
    private long intact;

    /**
     * @param in compressed stream, closed with this one
     * @param kind name of a part, for messages
     */
    ConcatenatedInput(BufferedInputStream in, String kind) {
        this.in = new CountingInput(in);
        this.kind = kind;
    }

    /** Whether the stream ends here, after a part. Skips padding. */
    abstract boolean atEnd() throws IOException;

    /** Compressed bytes of the parts read so far. */
    abstract long position();

    /** Begins the next part. */
    abstract void begin() throws IOException;

    /** Reads within a part: at least one byte, or -1 at the end of the part. */
    abstract int readPart(byte[] buffer, int offset, int length) throws IOException;

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
        try {
            while (inPart || beginNext()) {
                int read = readPart(buffer, offset, length);
                if (read > 0) {
                    given += read;
                    return read;
                }
                inPart = false;
                intact = given;
            }
            return -1;
        } catch (ClosedByInterruptException e) {
            throw e;
        } catch (IOException e) {
            String reason = e.getMessage() == null ? "it ends too early" : FailureText.of(e);
            throw new CorruptDataException(kind + " " + part + " at byte " + partStart + ": " + reason, intact, e);
        }
    }

    private boolean beginNext() throws IOException {
        if (part > 0 && atEnd()) {
            return false;
        }
        partStart = position();
        part++;
        begin();
        inPart = true;
        return true;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
