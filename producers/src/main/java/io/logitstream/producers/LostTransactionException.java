package io.logitstream.producers;

import io.logitstream.messages.LogitstreamException;

/**
 * The loss of a producer's transaction: another producer has fenced this one, or the broker has aborted the transaction
 * because this process stalled. The message describes the first case.
 */
final class LostTransactionException extends LogitstreamException {
    LostTransactionException(String message, Throwable cause) {
        super(message, cause);
    }
}
