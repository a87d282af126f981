package io.logitstream.teacher.resume;

import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.registry.AvroDeserializer;
import io.logitstream.teacher.input.ConfirmedSetup;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks by the last records of a topic that it is a tokens topic, and that the registry is the one it was written
 * with. One fitting record is enough, wherever the stream meets the first one that does not fit.
 */
final class TokensTopicCheck {
    private static final Logger LOG = LoggerFactory.getLogger(TokensTopicCheck.class);
    /** Number of records at the end of a partition to check: foreign records may follow the batches. */
    private static final int LOOK_BACK = 16;

    private final CorpusCompletion.TailReader tail;
    private final AvroDeserializer<TokenBatch> reader;
    private final ConfirmedSetup confirmed;

    TokensTopicCheck(CorpusCompletion.TailReader tail, AvroDeserializer<TokenBatch> reader, ConfirmedSetup confirmed) {
        this.tail = tail;
        this.reader = reader;
        this.confirmed = confirmed;
    }

    /** Checks the partitions until a record fits. */
    void run(int partitions) {
        boolean empty = true;
        for (int count : new int[] {1, LOOK_BACK}) {
            for (int partition = 0; partition < partitions; partition++) {
                List<ConsumerRecord<String, byte[]>> records = tail.last(partition, count);
                empty &= records.isEmpty();
                if (records.stream().anyMatch(this::fits)) {
                    return;
                }
            }
        }
        if (!empty) {
            confirmed.foundNoBatch();
        }
    }

    private boolean fits(ConsumerRecord<String, byte[]> record) {
        try {
            TokenBatch batch = reader.deserialize(record.topic(), record.value());
            if (batch == null) {
                return false;
            }
            confirmed.confirmRegistry();
            if (BatchKey.tryParse(record.key())
                    .filter(BatchKey.of(batch)::equals)
                    .isEmpty()) {
                return false;
            }
            confirmed.confirmTopic();
            return true;
        } catch (SerializationException e) {
            LOG.debug("record does not confirm the topic", e);
            return false;
        }
    }
}
