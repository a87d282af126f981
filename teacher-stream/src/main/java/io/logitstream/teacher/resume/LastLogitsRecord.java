package io.logitstream.teacher.resume;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.LogitsBatch;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.kafka.RecordAddress;
import io.logitstream.schemas.kafka.RecordKind;
import io.logitstream.schemas.kafka.SourcePosition;
import io.logitstream.schemas.kafka.TopicEnd;
import io.logitstream.schemas.registry.AvroDeserializer;
import io.logitstream.teacher.input.BatchHeaders;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.errors.SerializationException;

/**
 * The last record of a partition of the logits topic that a teacher stream has written.
 *
 * @param last key and source
 * @param batch its token batch; null where it cannot be read, which only matters where the source is not known
 */
record LastLogitsRecord(PartitionState.Last last, TokenBatch batch) {
    /** Maximum number of records of other writers that are skipped behind the stream's last record. */
    private static final int LOOK_BACK = 16;

    /**
     * Looks for it.
     *
     * @return the record, or null where the partition is empty
     * @throws LogitstreamException when the end of the partition was not written by a teacher stream
     */
    static LastLogitsRecord find(TopicEnd end, int partition, SchemaRegistryClient registry) {
        AvroDeserializer<LogitsBatch> reader = new AvroDeserializer<>(registry, LogitsBatch.class);
        List<ConsumerRecord<String, byte[]>> tail = end.tail(partition, 1);
        if (tail.isEmpty()) {
            return null;
        }
        LastLogitsRecord last = of(tail.get(0), reader);
        if (last != null) {
            return last;
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
                + " registry has not their schema; check --schema-registry, or take another logits topic"
                + " (--set topics.logits=NAME)");
    }

    private static LastLogitsRecord of(ConsumerRecord<String, byte[]> record, AvroDeserializer<LogitsBatch> reader) {
        if (RecordKind.of(record) == RecordKind.FOREIGN) {
            return null;
        }
        SourcePosition source = SourcePosition.readFrom(record);
        TokenBatch batch = null;
        try {
            LogitsBatch logits = reader.deserialize(record.topic(), record.value());
            batch = logits == null ? null : logits.getBatch();
        } catch (SerializationException e) {
            // With its source the record has told what is asked of it.
        }
        return source == null && batch == null
                ? null
                : new LastLogitsRecord(
                        new PartitionState.Last(record.key(), source, BatchHeaders.number(record.headers())), batch);
    }
}
