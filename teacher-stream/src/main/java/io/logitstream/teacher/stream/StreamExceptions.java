package io.logitstream.teacher.stream;

import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import org.apache.kafka.clients.consumer.NoOffsetForPartitionException;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.errors.TransactionalIdAuthorizationException;

/** Translates Kafka Streams' wrapped exceptions into one line for the user. */
public final class StreamExceptions {
    private StreamExceptions() {}

    /**
     * Returns the exception to throw for a failure. A {@link UsageException} in its causes is returned as it is.
     *
     * @param failure exception of a stream thread
     * @param applicationId application id and consumer group of the stream
     */
    public static RuntimeException asOneLine(Throwable failure, String applicationId) {
        Throwable cause = failure;
        while (cause.getCause() != null && !isOurs(cause)) {
            cause = cause.getCause();
        }
        if (isOurs(cause)) {
            return (RuntimeException) cause;
        }
        if (cause instanceof TransactionalIdAuthorizationException) {
            // Kafka does not name the ids: they are the application id and a suffix.
            return new LogitstreamException(
                    "the teacher stream has stopped: not authorized for transactional ids that begin with "
                            + applicationId + " (Write)",
                    failure);
        }
        if (cause instanceof OffsetOutOfRangeException gone) {
            return new LogitstreamException(
                    "the teacher stream has stopped: the records at " + gone.offsetOutOfRangePartitions()
                            + " are no longer there (deleted by retention or by hand), and it has not read them; start it again to"
                            + " see how it can continue",
                    failure);
        }
        if (cause instanceof NoOffsetForPartitionException without) {
            return new LogitstreamException(
                    "the teacher stream has stopped: group " + applicationId + " has no offset of "
                            + without.partitions()
                            + ": partitions were added, or the group was deleted, while it was running; start it again to see"
                            + " how it can continue",
                    failure);
        }
        return new LogitstreamException("the teacher stream has stopped: " + FailureText.of(cause), failure);
    }

    private static boolean isOurs(Throwable failure) {
        return failure instanceof LogitstreamException;
    }
}
