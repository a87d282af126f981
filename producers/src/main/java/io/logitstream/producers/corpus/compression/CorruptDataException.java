package io.logitstream.producers.corpus.compression;

import java.io.IOException;

/** Damage in a packed stream; the message names the member or frame and its place. */
public final class CorruptDataException extends IOException {
    private final long intactBytes;

    CorruptDataException(String message, long intactBytes, IOException cause) {
        super(message, cause);
        this.intactBytes = intactBytes;
    }

    /** Unpacked bytes of the members or frames that are whole, all of them before the damage. */
    public long intactBytes() {
        return intactBytes;
    }
}
