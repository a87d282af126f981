package io.logitstream.producers.corpus.packed;

import java.io.IOException;

/** Damage in a packed stream; the message names the member or frame and its place. */
public final class DamageException extends IOException {
    private final long soundBytes;

    DamageException(String message, long soundBytes, IOException cause) {
        super(message, cause);
        this.soundBytes = soundBytes;
    }

    /** Unpacked bytes of the members or frames that are whole, all of them before the damage. */
    public long soundBytes() {
        return soundBytes;
    }
}
