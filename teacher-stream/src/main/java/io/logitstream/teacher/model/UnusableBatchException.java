package io.logitstream.teacher.model;

import io.logitstream.messages.LogitstreamException;

/** A record that the teacher cannot use, now or later: it goes to the dead-letter topic, and the stream goes on. */
public final class UnusableBatchException extends LogitstreamException {
    /** @param message what is wrong with the record */
    public UnusableBatchException(String message) {
        super(message);
    }

    /**
     * @param message what is wrong with the record
     * @param cause what found it
     */
    public UnusableBatchException(String message, Throwable cause) {
        super(message, cause);
    }
}
