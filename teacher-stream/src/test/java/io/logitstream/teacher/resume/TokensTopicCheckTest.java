package io.logitstream.teacher.resume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import io.logitstream.messages.UsageException;
import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.Teacher;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.schemas.registry.AvroDeserializer;
import io.logitstream.schemas.registry.AvroSerializer;
import io.logitstream.teacher.input.ConfirmedSetup;
import io.logitstream.teacher.input.TokenRecordDecoder;
import io.logitstream.teacher.model.UnusableBatchException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

/** What the end of a topic and what was taught before prove. */
class TokensTopicCheckTest {
    private static final String HASH = "0123456789abcdef".repeat(4);

    private static final Teacher TEACHER = new Teacher("gpt", "1".repeat(64), 100L);

    private final MockSchemaRegistryClient registry = new MockSchemaRegistryClient();
    private final TokenBatch batch =
            new TokenBatch("demo", 0, 3, 1, 2, TokenBatches.bytes(new int[] {1, 2}), HASH, 50, null, null);
    private final byte[] value = new AvroSerializer<TokenBatch>(registry).serialize("tokens", batch);
    private final Map<Integer, List<ConsumerRecord<String, byte[]>>> records =
            Map.of(0, new ArrayList<>(), 1, new ArrayList<>());
    private final ConfirmedSetup proofs = new ConfirmedSetup();

    @Test
    void aTopicWithoutABatchUnderItsKeyIsDoubtful() {
        add(0, "x", new byte[7]);
        add(0, null, value);
        add(1, "\"" + BatchKey.of(batch) + "\"", value);

        look();

        assertThatThrownBy(this::intake).isInstanceOf(UsageException.class).hasMessageContaining("topics.tokens");
    }

    @Test
    void oneBatchUnderItsKeySettlesIt() {
        add(0, "x", new byte[7]);
        add(1, BatchKey.of(batch).toString(), value);
        add(1, "garbage", new byte[7]);

        look();

        assertThatThrownBy(this::intake).isInstanceOf(UnusableBatchException.class);
    }

    @Test
    void anEmptyTopicIsNotDoubtful() {
        look();

        assertThatThrownBy(this::intake).isInstanceOf(UnusableBatchException.class);
    }

    @Test
    void whatWasTaughtBeforeProvesTopicAndTokenizer() {
        add(0, "x", new byte[7]);
        look();

        ResumeOffsets.confirm(List.of(new LastLogitsRecord(null, batch, TEACHER)), proofs, any -> true, TEACHER);

        assertThatThrownBy(this::intake).isInstanceOf(UnusableBatchException.class);
        assertThat(proofs.isTokenizerConfirmed()).isTrue();
    }

    @Test
    void logitsOfAnotherTokenizerProveNone() {
        List<LastLogitsRecord> lasts = new ArrayList<>();
        lasts.add(null);
        lasts.add(new LastLogitsRecord(null, null, null));
        lasts.add(new LastLogitsRecord(null, batch, TEACHER));

        assertThatCode(() -> ResumeOffsets.confirm(lasts, proofs, any -> false, TEACHER))
                .doesNotThrowAnyException();

        assertThat(proofs.isTokenizerConfirmed()).isFalse();
    }

    /** Otherwise a batch that the teacher refuses would stop the stream at each start, if it is the next one. */
    @Test
    void logitsOfTheSameTeacherProveThatItScoresBatches() {
        LastLogitsRecord last = new LastLogitsRecord(null, batch, TEACHER);

        ResumeOffsets.confirm(
                List.of(new LastLogitsRecord(null, batch, null), last),
                proofs,
                any -> true,
                new Teacher("gpt", "1".repeat(64), null));

        assertThat(proofs.isTeacherConfirmed()).isTrue();
    }

    @Test
    void logitsOfAnotherTeacherProveNothingAboutThisOne() {
        List<LastLogitsRecord> lasts = List.of(
                new LastLogitsRecord(null, batch, new Teacher("gpt", "2".repeat(64), null)),
                new LastLogitsRecord(null, batch, new Teacher("other", "1".repeat(64), null)));

        ResumeOffsets.confirm(lasts, proofs, any -> true, TEACHER);

        assertThat(proofs.isTeacherConfirmed()).isFalse();
    }

    private void look() {
        new TokensTopicCheck(
                        (partition, count) -> {
                            List<ConsumerRecord<String, byte[]>> all = records.get(partition);
                            return all.subList(Math.max(0, all.size() - count), all.size());
                        },
                        new AvroDeserializer<>(registry, TokenBatch.class),
                        proofs)
                .run(2);
    }

    private void intake() {
        new TokenRecordDecoder(registry, proofs).decode("here", "tokens", null, null);
    }

    private void add(int partition, String key, byte[] bytes) {
        records.get(partition)
                .add(new ConsumerRecord<>(
                        "tokens", partition, records.get(partition).size(), key, bytes));
    }
}
