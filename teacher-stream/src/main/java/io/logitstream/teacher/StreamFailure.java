package io.logitstream.teacher;

import io.logitstream.schemas.LogitstreamException;

/** Finds the message worth showing in Kafka Streams' wrapped exceptions. */
final class StreamFailure {
  private StreamFailure() {}

  static LogitstreamException asOneLine(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null && !(cause instanceof LogitstreamException)) {
      cause = cause.getCause();
    }
    if (cause instanceof LogitstreamException known) {
      return known;
    }
    return new LogitstreamException("the teacher stream has stopped: " + cause, failure);
  }
}
