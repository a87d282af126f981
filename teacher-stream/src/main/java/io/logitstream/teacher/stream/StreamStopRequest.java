package io.logitstream.teacher.stream;

import io.logitstream.messages.LogitstreamException;

/** Stops the stream's threads at their next record, so that what they have not committed is taken back. Thread-safe. */
public final class StreamStopRequest {
    private volatile LogitstreamException reason;

    /** Stops. */
    public void stop(LogitstreamException why) {
        reason = why;
    }

    /** Throws the reason to stop, if there is one. */
    public void requireNone() {
        if (reason != null) {
            throw reason;
        }
    }
}
