package io.logitstream.exploration.scaling;

import io.logitstream.messages.UsageException;

/** The runs do not determine a scaling law. */
public final class ScalingException extends UsageException {
    /**
     * @param message one line: which runs, and what would be enough
     */
    public ScalingException(String message) {
        super(message);
    }
}
