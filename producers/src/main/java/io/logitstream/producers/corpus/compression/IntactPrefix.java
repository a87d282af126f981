package io.logitstream.producers.corpus.compression;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * The intact members or frames of a corrupt stream. After their last byte, reading throws the exception of the damage.
 */
public final class IntactPrefix extends FilterInputStream {
    private final CorruptDataException damage;
    private long left;

    /**
     * Limits a stream to its intact part.
     *
     * @param in decompressed stream, at its beginning
     * @param damage exception of an earlier reading of the same stream
     */
    public IntactPrefix(InputStream in, CorruptDataException damage) {
        super(in);
        this.damage = damage;
        left = damage.intactBytes();
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        if (left == 0) {
            throw damage;
        }
        int read = in.read(buffer, offset, (int) Math.min(left, length));
        left -= Math.max(0, read);
        return read;
    }

    @Override
    public int available() {
        return 0;
    }

    @Override
    public boolean markSupported() {
        return false;
    }
}
