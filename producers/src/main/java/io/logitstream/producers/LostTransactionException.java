package io.logitstream.producers;

import io.logitstream.messages.LogitstreamException;

/**
 * A transaction that is not its producer's any more: another producer has taken over, or the broker has ended it because
 * its producer stood still. The message is for the first case.
 */
final class LostTransactionException extends LogitstreamException {
    LostTransactionException(String message, Throwable cause) {
        super(message, cause);
    }
}
