package io.logitstream.schemas.kafka;

import io.logitstream.schemas.BatchKey;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Kind of a record in a tokens or logits topic, as its key tells without reading the value. Dead letters keep the key
 * of the record they were made from and lie in a topic of their own.
 */
public enum RecordKind {
    /** A token batch or a logits batch. */
    BATCH,
    /** The marker that ends a corpus in a partition. */
    END_OF_CORPUS,
    /** A record whose key names no batch: no producer of this project wrote it. */
    FOREIGN;

    /** The kind of a record with a key of type {@code String} or {@code byte[]}. */
    public static RecordKind of(ConsumerRecord<?, ?> record) {
        return key(record).map(key -> key.isEnd() ? END_OF_CORPUS : BATCH).orElse(FOREIGN);
    }

    /** The parsed key of a record; empty for a foreign one. */
    public static Optional<BatchKey> key(ConsumerRecord<?, ?> record) {
        return record.key() instanceof byte[] bytes
                ? BatchKey.tryParse(bytes)
                : BatchKey.tryParse((String) record.key());
    }
}
