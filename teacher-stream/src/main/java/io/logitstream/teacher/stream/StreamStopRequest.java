package io.logitstream.teacher.stream;

import io.logitstream.messages.LogitstreamException;

/**
 * A request to the stream's threads to stop at their next record, so that Kafka Streams aborts their open transactions.
 * Thread-safe.
 */
public final class StreamStopRequest {
    private volatile LogitstreamException reason;

    /** Requests the stop. */
    public void stop(LogitstreamException why) {
        reason = why;
    }

    /** Throws the reason to stop, if a stop was requested. */
    void throwIfRequested() {
        if (reason != null) {
            throw reason;
        }
    }
}
