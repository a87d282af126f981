package io.logitstream.teacher.model;

import io.logitstream.messages.LogitstreamException;

/**
 * A batch that a teacher refuses, and would refuse again. If the teacher has taken other batches, the fault is the
 * batch's own; otherwise it may be the configuration's.
 */
public final class RefusedBatchException extends LogitstreamException {
    /** @param message the teacher's reason */
    public RefusedBatchException(String message) {
        super(message);
    }
}
