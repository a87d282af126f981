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
 * Sends unusable records to the dead-letter topic with Kafka Streams' own handler (KIP-1034). All other exceptions stop
 * the stream: no batch may be lost because a device is out of memory or the registry is down.
 */
public final class DeadLetterHandler implements ProcessingExceptionHandler {
    /** Property with the {@link TopicIdentity} of the tokens topic, which is written to each dead letter. */
    public static final String SOURCE = "logitstream.source";

    private static final int MAX_MESSAGE_LENGTH = 1000;
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
            LOG.warn("dead letter: {}", Printable.of(exception.getMessage(), MAX_MESSAGE_LENGTH));
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
