package io.logitstream.teacher.deadletters;

import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.kafka.RecordAddress;
import io.logitstream.schemas.kafka.RecordKind;
import io.logitstream.schemas.kafka.SourcePosition;
import io.logitstream.schemas.kafka.TopicIdentity;
import io.logitstream.teacher.input.BatchHeaders;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/**
 * A record that the teacher stream has given up. Address and cause are in the headers that Kafka Streams writes
 * (KIP-1034).
 *
 * @param topic topic of the record
 * @param partition its partition there
 * @param offset its offset there
 * @param source what the record's header says of its topic; null in letters of older versions
 * @param key its key, cut where it is long
 * @param message the cause, with the address
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

    /** Whether a record is a dead letter, by its headers. */
    public static boolean isDeadLetter(ConsumerRecord<?, ?> record) {
        return record.headers().lastHeader(TOPIC) != null;
    }

    /**
     * Reads a dead letter.
     *
     * @throws LogitstreamException when the record's headers are not those of one
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
                    // Kafka Streams copies the headers of the record.
                    BatchHeaders.isPublished(headers) || RecordKind.of(record) == RecordKind.END_OF_CORPUS);
        } catch (NumberFormatException e) {
            throw new LogitstreamException(
                    where + ": the headers of the dead letter name no record: " + FailureText.of(e), e);
        }
    }

    private static String text(Headers headers, String name, String where) {
        Header header = headers.lastHeader(name);
        if (header == null) {
            throw new LogitstreamException(where + ": no dead letter of a teacher stream: it has no header " + name);
        }
        return header.value() == null ? "" : new String(header.value(), StandardCharsets.UTF_8);
    }

    private static String shown(String text, int length) {
        String line = text.replaceAll("\\p{Cntrl}", "?");
        return line.length() <= length ? line : line.substring(0, length) + "...";
    }

    /** Whether the record is one of this topic, as far as the letter says which topic of the name it is. */
    public boolean isOf(TopicIdentity tokens) {
        return topic.equals(tokens.name())
                && (source == null
                        || source.topicId() == null
                        || tokens.id() == null
                        || source.topicId().equals(tokens.id()));
    }

    /** Where the record stands. */
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

    /** The cause without what differs from one record to the next: keys, offsets and other numbers. */
    public String kindOfCause() {
        return cause().replaceAll("(batch )?[^\\s/]+/\\d{5,10}/\\d{7,10}", "a batch")
                .replaceAll("'[^']*'", "'...'")
                .replaceAll("(?<![0-9a-zA-Z])-?\\d+(?![0-9a-zA-Z])", "N");
    }
}
