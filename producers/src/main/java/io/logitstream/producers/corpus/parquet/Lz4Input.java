package io.logitstream.producers.corpus.parquet;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * Decompresses blocks of LZ4: one without a frame (LZ4_RAW), or several with Hadoop's lengths before them. The older
 * codec LZ4 means either, depending on the writer.
 */
final class Lz4Input extends BackReferenceInput {
    private static final int FULL = 15;
    private static final int MIN_COPY = 4;
    private static final int LENGTHS = 2 * Integer.BYTES;

    private final boolean framed;
    private long frameEnd;
    private long blockLeft;
    private boolean copyFollows;
    private int token;

    private Lz4Input(InputStream in, boolean framed, long bytes) {
        super(in);
        this.framed = framed;
        blockLeft = framed ? 0 : bytes;
    }

    /** A block without a frame. */
    static Lz4Input raw(InputStream in, long bytes) {
        return new Lz4Input(new BufferedInputStream(in), false, bytes);
    }

    /**
     * Blocks with Hadoop's lengths; or, where the first bytes cannot be lengths, one without.
     *
     * @param bytes compressed bytes
     * @param unpackedBytes bytes after decompression
     */
    static Lz4Input ofEither(InputStream in, long bytes, long unpackedBytes) throws IOException {
        BufferedInputStream buffered = new BufferedInputStream(in);
        buffered.mark(LENGTHS);
        byte[] head = buffered.readNBytes(LENGTHS);
        buffered.reset();
        boolean framed = head.length == LENGTHS
                && big(head, 0) <= unpackedBytes
                && big(head, Integer.BYTES) <= bytes - LENGTHS
                && big(head, 0) > 0;
        return new Lz4Input(buffered, framed, bytes);
    }

    private static long big(byte[] bytes, int from) {
        long value = 0;
        for (int i = from; i < from + Integer.BYTES; i++) {
            value = value << 8 | bytes[i] & 0xFF;
        }
        return value;
    }

    @Override
    boolean nextElement() throws IOException {
        if (copyFollows) {
            copyFollows = false;
            return nextCopy();
        }
        while (framed && blockLeft == 0) {
            if (!nextBlock()) {
                return false;
            }
        }
        if (blockLeft == 0) {
            return false;
        }
        token = take();
        long length = length(token >>> 4);
        if (length > blockLeft) {
            throw corrupt();
        }
        literals(length);
        blockLeft -= length;
        // The last sequence of a block has no copy.
        copyFollows = blockLeft > 0;
        return true;
    }

    private boolean nextCopy() throws IOException {
        long back = take() | (long) take() << 8;
        copy(MIN_COPY + length(token & 0xF), back);
        return true;
    }

    private boolean nextBlock() throws IOException {
        if (given() >= frameEnd) {
            in.mark(1);
            if (in.read() < 0) {
                return false;
            }
            in.reset();
            frameEnd = given() + bigEndian();
        }
        blockLeft = bigEndian();
        beginBlock();
        return true;
    }

    private long bigEndian() throws IOException {
        return big(new byte[] {(byte) next(), (byte) next(), (byte) next(), (byte) next()}, 0);
    }

    private long length(int nibble) throws IOException {
        long length = nibble;
        if (nibble == FULL) {
            int more;
            do {
                more = take();
                length += more;
            } while (more == 0xFF);
        }
        return length;
    }

    private int take() throws IOException {
        if (blockLeft == 0) {
            throw corrupt();
        }
        blockLeft--;
        return next();
    }
}
