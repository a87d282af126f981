package io.logitstream.exploration.scaling;

import io.logitstream.messages.UsageException;

/** Thrown if the runs do not determine a scaling law. */
public final class ScalingException extends UsageException {
    /**
     * @param message one line: which runs, and which runs would suffice
     */
    public ScalingException(String message) {
        super(message);
    }
}
