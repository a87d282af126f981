package io.logitstream.teacher.deadletters;

import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.kafka.BatchPosition;
import io.logitstream.schemas.kafka.RecordAddress;
import io.logitstream.schemas.kafka.RecordKind;
import io.logitstream.schemas.kafka.SourcePosition;
import io.logitstream.schemas.kafka.TopicIdentity;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/**
 * A record that the teacher stream could not use. Its address and the cause are in the headers that Kafka Streams
 * writes (KIP-1034).
 *
 * @param topic topic of the record
 * @param partition its partition there
 * @param offset its offset there
 * @param source source position from the record's header; null in dead letters of older versions
 * @param key its key, shortened if it is long
 * @param message the cause, which begins with the address of the record
 * @param isBatch whether a publisher wrote the record: a batch of a corpus or an end marker
 */
public record DeadLetter(
        String topic, int partition, long offset, SourcePosition source, String key, String message, boolean isBatch) {
    private static final String TOPIC = "__streams.errors.topic";
    private static final String PARTITION = "__streams.errors.partition";
    private static final String OFFSET = "__streams.errors.offset";
    private static final String MESSAGE = "__streams.errors.message";
    private static final int SHOWN_OF_KEY = 60;
    private static final int SHOWN_OF_MESSAGE = 2_000;

    /** Whether a record has the headers of a dead letter. */
    public static boolean isDeadLetter(ConsumerRecord<?, ?> record) {
        return record.headers().lastHeader(TOPIC) != null;
    }

    /**
     * Reads a dead letter.
     *
     * @throws LogitstreamException when the record lacks the headers of a dead letter
     */
    public static DeadLetter of(ConsumerRecord<byte[], ?> record) {
        String where = RecordAddress.of(record).toString();
        Headers headers = record.headers();
        try {
            return new DeadLetter(
                    text(headers, TOPIC, where),
                    Integer.parseInt(text(headers, PARTITION, where)),
                    Long.parseLong(text(headers, OFFSET, where)),
                    SourcePosition.readFrom(record),
                    record.key() == null
                            ? null
                            : shown(
                                    new String(
                                            record.key(),
                                            0,
                                            Math.min(record.key().length, 4 * SHOWN_OF_KEY),
                                            StandardCharsets.UTF_8),
                                    SHOWN_OF_KEY),
                    shown(text(headers, MESSAGE, where), SHOWN_OF_MESSAGE),
                    // Kafka Streams copies the headers of the original record.
                    BatchPosition.isPublished(headers) || RecordKind.of(record) == RecordKind.END_OF_CORPUS);
        } catch (NumberFormatException e) {
            throw new LogitstreamException(
                    where + ": the headers of the dead letter do not name a record: " + FailureText.of(e), e);
        }
    }

    private static String text(Headers headers, String name, String where) {
        Header header = headers.lastHeader(name);
        if (header == null) {
            throw new LogitstreamException(where + ": not a dead letter of a teacher stream: it has no header " + name);
        }
        return header.value() == null ? "" : new String(header.value(), StandardCharsets.UTF_8);
    }

    private static String shown(String text, int length) {
        String line = text.replaceAll("\\p{Cntrl}", "?");
        return line.length() <= length ? line : line.substring(0, length) + "...";
    }

    /**
     * Whether the record is from this topic. A topic that was deleted and created again has the same name but another
     * id; the name decides if the dead letter has no topic id.
     */
    public boolean isOf(TopicIdentity tokens) {
        return topic.equals(tokens.name())
                && (source == null
                        || source.topicId() == null
                        || tokens.id() == null
                        || source.topicId().equals(tokens.id()));
    }

    /** Address of the record. */
    public String address() {
        return RecordAddress.of(topic, partition, offset).toString();
    }

    /** The cause without the address. */
    public String cause() {
        // Older versions wrote the address in another form.
        String before = "topic " + topic + ", partition " + partition + ", offset " + offset;
        return Stream.of(address(), before)
                .map(address -> address + ": ")
                .filter(message::startsWith)
                .findFirst()
                .map(prefix -> message.substring(prefix.length()))
                .orElse(message);
    }

    /** The cause without details that differ between records: keys, offsets and other numbers. */
    public String kindOfCause() {
        return cause().replaceAll("(batch )?[^\\s/]+/\\d{5,10}/\\d{7,10}", "a batch")
                .replaceAll("'[^']*'", "'...'")
                .replaceAll("(?<![0-9a-zA-Z])-?\\d+(?![0-9a-zA-Z])", "N");
    }
}
