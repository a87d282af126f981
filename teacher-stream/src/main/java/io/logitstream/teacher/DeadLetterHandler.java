package io.logitstream.teacher;

import java.util.Map;
import org.apache.kafka.streams.errors.ErrorHandlerContext;
import org.apache.kafka.streams.errors.LogAndContinueProcessingExceptionHandler;
import org.apache.kafka.streams.errors.ProcessingExceptionHandler;
import org.apache.kafka.streams.processor.api.Record;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends records that cannot be used to the dead-letter topic with Kafka Streams' own handler (KIP-1034), and lets
 * everything else stop the stream: a device out of memory or a registry that is down must lose no batch.
 */
public final class DeadLetterHandler implements ProcessingExceptionHandler {
  private static final Logger LOG = LoggerFactory.getLogger(DeadLetterHandler.class);

  private final ProcessingExceptionHandler deadLetters = new LogAndContinueProcessingExceptionHandler();

  @Override
  public void configure(Map<String, ?> configs) {
    deadLetters.configure(configs);
  }

  @Override
  public Response handleError(ErrorHandlerContext context, Record<?, ?> record, Exception exception) {
    if (exception instanceof UnusableBatchException) {
      LOG.warn("dead letter: {}", exception.getMessage());
      return deadLetters.handleError(context, record, exception);
    }
    return Response.fail();
  }
}
