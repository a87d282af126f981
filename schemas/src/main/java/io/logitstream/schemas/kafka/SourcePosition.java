package io.logitstream.schemas.kafka;

import io.logitstream.messages.LogitstreamException;
import java.nio.ByteBuffer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/**
 * Reference from a logits record or a dead letter to its tokens record, in the record header {@value #HEADER}: the
 * topic's id as 16 bytes (zeros if it is unknown), its number of partitions as int32 and the record's offset as int64,
 * all big endian. The partition is that of the logits record. The reference is committed with the record, so the last
 * record of a partition tells where the teacher stream resumes, independently of the consumer group's offsets.
 *
 * @param topicId id of the tokens topic as Kafka's tools print it; null if it is unknown
 * @param partitions number of partitions of the tokens topic at that time
 * @param offset offset of the tokens record
 */
public record SourcePosition(String topicId, int partitions, long offset) {
    /** Name of the header. */
    public static final String HEADER = "logitstream-source";

    private static final int BYTES = 2 * Long.BYTES + Integer.BYTES + Long.BYTES;

    /** Reference to a record of a topic. */
    public static SourcePosition of(TopicIdentity topic, long offset) {
        return new SourcePosition(topic.id(), topic.partitions(), offset);
    }

    /** Sets the header, and replaces an existing one. */
    public void writeTo(Headers headers) {
        Uuid id = topicId == null ? Uuid.ZERO_UUID : Uuid.fromString(topicId);
        headers.remove(HEADER);
        headers.add(
                HEADER,
                ByteBuffer.allocate(BYTES)
                        .putLong(id.getMostSignificantBits())
                        .putLong(id.getLeastSignificantBits())
                        .putInt(partitions)
                        .putLong(offset)
                        .array());
    }

    /**
     * Reads the header of a logits record or a dead letter.
     *
     * @return the position, or null for a record of a version that did not write the header
     * @throws LogitstreamException if the header is invalid
     */
    public static SourcePosition readFrom(ConsumerRecord<?, ?> record) {
        return readFrom(record.headers(), RecordAddress.of(record).toString());
    }

    /**
     * Reads the header.
     *
     * @param headers headers of a logits record or a dead letter
     * @param where address of the record, for messages
     * @return the position, or null for a record of a version that did not write the header
     * @throws LogitstreamException if the header is invalid
     */
    public static SourcePosition readFrom(Headers headers, String where) {
        Header header = headers.lastHeader(HEADER);
        if (header == null) {
            return null;
        }
        if (header.value() == null || header.value().length != BYTES) {
            throw new LogitstreamException(where + ": header " + HEADER + " does not have the " + BYTES
                    + " bytes of a source position; only the teacher stream may write it");
        }
        ByteBuffer value = ByteBuffer.wrap(header.value());
        Uuid id = new Uuid(value.getLong(), value.getLong());
        SourcePosition position =
                new SourcePosition(id.equals(Uuid.ZERO_UUID) ? null : id.toString(), value.getInt(), value.getLong());
        if (position.partitions < 1 || position.offset < 0) {
            throw new LogitstreamException(where + ": header " + HEADER + " names offset " + position.offset + " of "
                    + position.partitions + " partitions; only the teacher stream may write it");
        }
        return position;
    }

    /** Identity of the tokens topic at the time of the record. */
    public TopicIdentity topic(String name) {
        return new TopicIdentity(name, topicId, partitions);
    }
}
