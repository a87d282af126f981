package io.logitstream.teacher.lookahead;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.kafka.RecordAddress;
import io.logitstream.schemas.kafka.VocabularyHeader;
import io.logitstream.teacher.input.ConfirmedSetup;
import io.logitstream.teacher.input.TokenRecordDecoder;
import io.logitstream.teacher.model.StreamTeacher;
import io.logitstream.teacher.model.SwitchableTeacher;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Decoder of the records that can be scored ahead of their tasks. A record that has nothing to score, or cannot be
 * scored, is left to its task, which judges it and warns of it. Not thread-safe.
 */
public final class ScorableRecords implements Function<ConsumerRecord<byte[], byte[]>, TokenBatch> {
    private final TokenRecordDecoder decoder;
    private final SwitchableTeacher teachers;

    /**
     * @param registry schema registry, closed by its owner
     * @param teachers the teacher that scores the batches, closed by its owner
     */
    public ScorableRecords(SchemaRegistryClient registry, SwitchableTeacher teachers) {
        this.decoder = new TokenRecordDecoder(registry, ConfirmedSetup.readAhead());
        this.teachers = teachers;
    }

    /** Returns the batch of a record; null if the teacher has another tokenizer. */
    @Override
    public TokenBatch apply(ConsumerRecord<byte[], byte[]> record) {
        TokenBatch batch =
                decoder.decode(RecordAddress.of(record).toString(), record.topic(), record.key(), record.value());
        try (SwitchableTeacher.Lease lease = teachers.hold()) {
            StreamTeacher teacher = lease.teacher();
            teacher.learnTokenizer(batch.getTokenizerHash(), VocabularyHeader.read(record.headers()));
            return teacher.hasTokenizerOf(batch) ? batch : null;
        }
    }
}
