package io.logitstream.teacher.stream;

import io.logitstream.messages.Printable;
import io.logitstream.schemas.kafka.SourcePosition;
import io.logitstream.schemas.kafka.TopicIdentity;
import io.logitstream.teacher.model.UnusableBatchException;
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
    /** Property with the {@link TopicIdentity} of the tokens topic, which each dead letter is to name. */
    public static final String SOURCE = "logitstream.source";

    private static final int LONGEST = 1000;
    private static final Logger LOG = LoggerFactory.getLogger(DeadLetterHandler.class);

    private final ProcessingExceptionHandler deadLetters = new LogAndContinueProcessingExceptionHandler();
    private TopicIdentity source;

    @Override
    public void configure(Map<String, ?> configs) {
        deadLetters.configure(configs);
        source = (TopicIdentity) configs.get(SOURCE);
    }

    @Override
    public Response handleError(ErrorHandlerContext context, Record<?, ?> record, Exception exception) {
        if (exception instanceof UnusableBatchException) {
            LOG.warn("dead letter: {}", Printable.of(exception.getMessage(), LONGEST));
            Response response = deadLetters.handleError(context, record, exception);
            if (source != null) {
                response.deadLetterQueueRecords()
                        .forEach(letter ->
                                SourcePosition.of(source, context.offset()).writeTo(letter.headers()));
            }
            return response;
        }
        return Response.fail();
    }
}
