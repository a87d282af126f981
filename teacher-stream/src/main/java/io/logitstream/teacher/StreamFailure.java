package io.logitstream.teacher;

import io.logitstream.schemas.LogitstreamException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.TransactionalIdAuthorizationException;

/** Finds the message worth showing in Kafka Streams' wrapped exceptions. */
final class StreamFailure {
  private StreamFailure() {}

  static LogitstreamException asOneLine(Throwable failure, String applicationId) {
    Throwable cause = failure;
    while (cause.getCause() != null && !(cause instanceof LogitstreamException)) {
      cause = cause.getCause();
    }
    if (cause instanceof LogitstreamException known) {
      return known;
    }
    if (cause instanceof TransactionalIdAuthorizationException) {
      // Kafka does not say which: they are the application's id and a suffix.
      return new LogitstreamException("the teacher stream has stopped: not authorized for transactional ids that begin with "
          + applicationId + " (Write)", failure);
    }
    return new LogitstreamException("the teacher stream has stopped: "
        + (cause instanceof AuthorizationException ? cause.getMessage() : cause), failure);
  }
}
