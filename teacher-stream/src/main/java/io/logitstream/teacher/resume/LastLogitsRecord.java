package io.logitstream.teacher.resume;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.LogitsBatch;
import io.logitstream.schemas.Teacher;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.kafka.BatchPosition;
import io.logitstream.schemas.kafka.RecordAddress;
import io.logitstream.schemas.kafka.RecordKind;
import io.logitstream.schemas.kafka.SourcePosition;
import io.logitstream.schemas.kafka.TopicEnd;
import io.logitstream.schemas.registry.AvroDeserializer;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.errors.SerializationException;

/**
 * Last record of a logits partition that a teacher stream wrote.
 *
 * @param last key and source position
 * @param batch its token batch; null if it cannot be decoded, which matters only if the source position is unknown
 * @param teacher teacher that scored it, or for an end marker one of the batches before it; null if that is not known
 */
record LastLogitsRecord(PartitionState.Last last, TokenBatch batch, Teacher teacher) {
    /** Number of records at the end of a partition in which to look for a record of the stream. */
    private static final int LOOK_BACK = 16;
    /** The same for a batch before an end marker. The records are large, and a marker follows the batches of its corpus. */
    private static final int LOOK_BACK_OF_MARKER = 3;

    /**
     * Finds the record.
     *
     * @return the record; null if the partition is empty
     * @throws LogitstreamException when none of the partition's last records was written by a teacher stream
     */
    static LastLogitsRecord find(TopicEnd end, int partition, SchemaRegistryClient registry) {
        AvroDeserializer<LogitsBatch> reader = new AvroDeserializer<>(registry, LogitsBatch.class);
        List<ConsumerRecord<String, byte[]>> tail = end.tail(partition, 1);
        if (tail.isEmpty()) {
            return null;
        }
        LastLogitsRecord last = of(tail.get(0), reader);
        if (last != null) {
            return RecordKind.of(tail.get(0)) == RecordKind.END_OF_CORPUS
                    ? last.taughtBy(teacherOf(end.tail(partition, LOOK_BACK_OF_MARKER), reader))
                    : last;
        }
        ConsumerRecord<String, byte[]> foreign = tail.get(0);
        tail = end.tail(partition, LOOK_BACK);
        for (int i = tail.size() - 1; i >= 0; i--) {
            last = of(tail.get(i), reader);
            if (last != null) {
                return last;
            }
        }
        throw new LogitstreamException(RecordAddress.of(foreign) + ": neither this nor the " + (tail.size() - 1)
                + " records before it were written by a teacher stream, or the"
                + " registry lacks their schema; check --schema-registry, or take another logits topic"
                + " (--set topics.logits=NAME)");
    }

    private static Teacher teacherOf(List<ConsumerRecord<String, byte[]>> tail, AvroDeserializer<LogitsBatch> reader) {
        Teacher teacher = null;
        for (ConsumerRecord<String, byte[]> record : tail) {
            LastLogitsRecord found = of(record, reader);
            teacher = found == null || found.teacher == null ? teacher : found.teacher;
        }
        return teacher;
    }

    private LastLogitsRecord taughtBy(Teacher before) {
        return new LastLogitsRecord(last, batch, before);
    }

    private static LastLogitsRecord of(ConsumerRecord<String, byte[]> record, AvroDeserializer<LogitsBatch> reader) {
        if (RecordKind.of(record) == RecordKind.FOREIGN) {
            return null;
        }
        SourcePosition source = SourcePosition.readFrom(record);
        TokenBatch batch = null;
        Teacher teacher = null;
        try {
            LogitsBatch logits = reader.deserialize(record.topic(), record.value());
            if (logits != null) {
                batch = logits.getBatch();
                teacher = logits.getTeacher();
            }
        } catch (SerializationException e) {
            // The source position is in the headers, and the content is not needed then.
        }
        return source == null && batch == null
                ? null
                : new LastLogitsRecord(
                        new PartitionState.Last(record.key(), source, BatchPosition.number(record.headers())),
                        batch,
                        teacher);
    }
}
