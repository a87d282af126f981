package io.logitstream.teacher.model;

import io.logitstream.messages.LogitstreamException;

/** A record that no teacher of the stream can use. It goes to the dead-letter topic, and the stream continues. */
public final class UnusableBatchException extends LogitstreamException {
    /** @param message what is wrong with the record */
    public UnusableBatchException(String message) {
        super(message);
    }

    /**
     * @param message what is wrong with the record
     * @param cause exception that revealed it
     */
    public UnusableBatchException(String message, Throwable cause) {
        super(message, cause);
    }
}
