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
 * Looks at the last records of a topic: whether it is a tokens topic, and the registry the one that it was written with.
 * One record that fits shows it, wherever the stream meets the first one that does not.
 */
final class TokensTopicCheck {
    private static final Logger LOG = LoggerFactory.getLogger(TokensTopicCheck.class);
    /** Foreign records may lie behind the batches of a topic. */
    private static final int LOOK_BACK = 16;

    private final CorpusCompletion.Tail tail;
    private final AvroDeserializer<TokenBatch> reader;
    private final ConfirmedSetup proofs;

    TokensTopicCheck(CorpusCompletion.Tail tail, AvroDeserializer<TokenBatch> reader, ConfirmedSetup proofs) {
        this.tail = tail;
        this.reader = reader;
        this.proofs = proofs;
    }

    /** Looks at each partition until a record fits. */
    void look(int partitions) {
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
            proofs.foundNoBatch();
        }
    }

    private boolean fits(ConsumerRecord<String, byte[]> record) {
        try {
            TokenBatch batch = reader.deserialize(record.topic(), record.value());
            if (batch == null) {
                return false;
            }
            proofs.confirmRegistry();
            if (BatchKey.tryParse(record.key())
                    .filter(BatchKey.of(batch)::equals)
                    .isEmpty()) {
                return false;
            }
            proofs.confirmTopic();
            return true;
        } catch (SerializationException e) {
            LOG.debug("no proof", e);
            return false;
        }
    }
}
