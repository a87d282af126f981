package io.logitstream.producers.corpus.compression;

import java.io.IOException;

/** Corrupt data in a compressed stream. The message names the member or frame and its position. */
public final class CorruptDataException extends IOException {
    private final long intactBytes;

    CorruptDataException(String message, long intactBytes, IOException cause) {
        super(message, cause);
        this.intactBytes = intactBytes;
    }

    /** Decompressed bytes of the intact members or frames before the damage. */
    public long intactBytes() {
        return intactBytes;
    }
}
