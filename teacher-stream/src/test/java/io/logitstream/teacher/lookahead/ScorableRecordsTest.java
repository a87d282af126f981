package io.logitstream.teacher.lookahead;

import static org.assertj.core.api.Assertions.assertThat;

import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.kafka.VocabularyHeader;
import io.logitstream.schemas.registry.AvroSerializer;
import io.logitstream.teacher.model.SwitchableTeacher;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

class ScorableRecordsTest {
    private static final String OTHER_FILE = "3".repeat(64);

    private final MockSchemaRegistryClient registry = new MockSchemaRegistryClient();
    private final ScorableRecords records = new ScorableRecords(registry, new SwitchableTeacher(new ScriptedTeacher()));

    @Test
    void aBatchOfAnotherTokenizerFileWithTheSameIdsIsScoredAhead() {
        TokenBatch batch = ScriptedTeacher.batch(5);
        batch.setTokenizerHash(OTHER_FILE);
        ConsumerRecord<byte[], byte[]> record = record(5, batch);
        VocabularyHeader.write(record.headers(), ScriptedTeacher.IDS);

        assertThat(records.apply(record)).isEqualTo(batch);
    }

    @Test
    void aBatchOfAnotherTokenizerIsLeftToItsTask() {
        TokenBatch batch = ScriptedTeacher.batch(5);
        batch.setTokenizerHash(OTHER_FILE);
        ConsumerRecord<byte[], byte[]> other = record(6, batch);
        VocabularyHeader.write(other.headers(), "4".repeat(64));

        assertThat(records.apply(record(5, batch))).isNull();
        assertThat(records.apply(other)).isNull();
    }

    /** The task that gets the records warns of them. */
    @Test
    void recordsThatAreReadAheadGiveNoWarning() {
        TokenBatch isolated = ScriptedTeacher.batch(6);
        isolated.setDocumentEnd(0);

        PrintStream before = System.err;
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
        try {
            assertThat(records.apply(record(5, ScriptedTeacher.batch(5)))).isNotNull();
            assertThat(records.apply(record(6, isolated))).isEqualTo(isolated);
        } finally {
            System.setErr(before);
        }

        assertThat(log.toString(StandardCharsets.UTF_8)).isEmpty();
    }

    private ConsumerRecord<byte[], byte[]> record(long offset, TokenBatch batch) {
        return new ConsumerRecord<>(
                "tokens",
                0,
                offset,
                BatchKey.of(batch).toString().getBytes(StandardCharsets.UTF_8),
                new AvroSerializer<TokenBatch>(registry).serialize("tokens", batch));
    }
}
