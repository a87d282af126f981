package io.logitstream.student.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.model.tokenizer.TokenizerIdentity;
import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.Documents;
import io.logitstream.schemas.LogitsBatch;
import io.logitstream.schemas.Selection;
import io.logitstream.schemas.Teacher;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.schemas.codec.LogitsBatches;
import io.logitstream.schemas.codec.LogitsCodecs;
import io.logitstream.schemas.kafka.VocabularyHeader;
import io.logitstream.schemas.logits.LogitsCodec;
import io.logitstream.schemas.logits.PayloadShape;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.schemas.registry.AvroSerializer;
import io.logitstream.student.config.TrainingConfig;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

class RecordDecoderTest {
    private static final String HASH = "0123456789abcdef".repeat(4);
    private static final String IDS = "a".repeat(64);
    private static final int VOCABULARY = 50;
    private static final LogitsCodec CODEC = LogitsCodecs.byName("plain");

    private final MockSchemaRegistryClient registry = new MockSchemaRegistryClient();
    private final RecordDecoder decoder = new RecordDecoder(registry, tokenizer(VOCABULARY));

    @Test
    void aLogitsRecordGivesItsTokensAndItsTeachersLogits() {
        TrainingBatch sample = SampleBatches.random(2, 5, VOCABULARY, 4, 1);

        TrainingBatch decoded = batch(decoder.decode(record("c/00000/0000001", logits(sample, HASH))));

        assertThat(decoded.tokens()).isEqualTo(sample.tokens());
        assertThat(decoded.predicted()).isEqualTo(8);
        int entries = sample.logits().total();
        assertThat(Arrays.copyOf(decoded.logits().ids(), entries))
                .isEqualTo(Arrays.copyOf(sample.logits().ids(), entries));
        assertThat(Arrays.copyOf(decoded.logits().logProbs(), entries))
                .isEqualTo(Arrays.copyOf(sample.logits().logProbs(), entries));
        assertThat(decoded.address("logits")).isEqualTo("logits-3@17 (c/00000/0000001)");
    }

    @Test
    void aRecordOfAServedTeacherHasNoStatistics() {
        TrainingBatch sample = SampleBatches.withoutStatistics(SampleBatches.random(2, 5, VOCABULARY, 4, 1));

        for (String codec : List.of("plain-supports", "compact-1-supports")) {
            PayloadShape shape = new PayloadShape(sample.tokens(), sample.rows(), sample.length(), VOCABULARY, 0);
            LogitsBatch served = new LogitsBatch(
                    batch(sample, HASH),
                    new Teacher("t", HASH, null),
                    new Selection("top-k", 1.0, 4, 0, 0L),
                    codec,
                    LogitsCodecs.byName(codec).encode(sample.logits(), shape));
            TrainingBatch decoded = batch(decoder.decode(
                    record("c/00000/0000001", new AvroSerializer<LogitsBatch>(registry).serialize("logits", served))));

            assertThat(decoded.logits().hasStatistics()).isFalse();
            int entries = sample.logits().total();
            assertThat(Arrays.copyOf(decoded.logits().ids(), entries))
                    .isEqualTo(Arrays.copyOf(sample.logits().ids(), entries));
        }
    }

    @Test
    void aTokensRecordHasNoLogits() {
        TrainingBatch sample = SampleBatches.random(2, 5, VOCABULARY, 4, 1);

        TrainingBatch decoded = batch(decoder.decode(record("c/00000/0000001", tokens(sample, HASH))));

        assertThat(decoded.tokens()).isEqualTo(sample.tokens());
        assertThat(decoded.logits()).isNull();
    }

    @Test
    void anEndMarkerIsNoBatch() {
        TokenBatch marker = TokenBatches.endMarker("c", HASH, VOCABULARY, 5, 100);
        LogitsBatch end = LogitsBatches.endMarker(marker, CODEC);

        assertThat(decoder.decode(record("c/end", new AvroSerializer<LogitsBatch>(registry).serialize("logits", end))))
                .isEqualTo(new DecodedRecord.EndOfCorpus(BatchKey.parse("c/end")));
    }

    @Test
    void whatCannotBeTrainedOnIsRefusedWithItsAddress() {
        TrainingBatch sample = SampleBatches.random(2, 5, VOCABULARY, 4, 1);
        byte[] good = logits(sample, HASH);
        decoder.decode(record("c/00000/0000001", good));

        assertRefused("c/00000/0000001", logits(sample, HASH.replace('0', '1')), "tokenizer 1123456789ab");
        RecordDecoder padded = new RecordDecoder(registry, tokenizer(VOCABULARY + 1));
        assertThatThrownBy(() -> padded.decode(record("c/00000/0000001", good)))
                .isInstanceOf(LogitstreamException.class)
                .hasMessageContainingAll("logits-3@17 ", "of vocabulary 50", "of vocabulary 51");
        assertRefused("c/00000/0000002", good, "does not name the batch");
        assertRefused(null, good, "does not name the batch");
        assertRefused("c/00000/0000001", null, "no value");
        assertRefused("c/00000/0000001", new byte[3], "too few");
        assertRefused("c/00000/0000001", tokens(sample, HASH), "does not resolve");
    }

    @Test
    void aBatchKnowsItsDocumentsAndATopicThatMixesThemIsNamed() {
        TrainingBatch sample = SampleBatches.random(2, 5, VOCABULARY, 4, 1);
        TokenBatch joined = batch(sample, HASH);
        TokenBatch isolated = batch(sample, HASH);
        isolated.setDocumentEnd(sample.tokens()[2]);
        byte[] ofIsolated = tokens(isolated);

        TrainingBatch decoded = batch(decoder.decode(record("c/00000/0000001", ofIsolated)));

        assertThat(decoded.documentEnd()).isEqualTo(sample.tokens()[2]);
        assertThat(decoded.documents().isSplit()).isTrue();
        assertThatThrownBy(() -> decoder.decode(record("c/00000/0000001", tokens(joined))))
                .isInstanceOf(LogitstreamException.class)
                .hasMessageContainingAll("c/00000/0000001", "mixes", "joined", "isolated", "corpus.documents");
    }

    @Test
    void documentsThatAreReadInAnotherWayThanAskedForAreRefused() {
        TrainingBatch sample = SampleBatches.random(2, 5, VOCABULARY, 4, 1);
        RecordDecoder asked =
                new RecordDecoder(registry, tokenizer(VOCABULARY), null, null, TeacherChoice.any(), Documents.ISOLATED);
        byte[] joined = tokens(sample, HASH);

        assertThatThrownBy(() -> asked.decode(record("c/00000/0000001", joined)))
                .isInstanceOf(LogitstreamException.class)
                .hasMessageContainingAll("c/00000/0000001", "are joined", "corpus.documents is isolated");
    }

    @Test
    void aRecordOfAnotherTokenizerFileWithTheSameIdsIsTaken() {
        TrainingBatch sample = SampleBatches.random(2, 5, VOCABULARY, 4, 1);
        byte[] value = logits(sample, HASH.replace('0', '1'));
        ConsumerRecord<String, byte[]> same = record("c/00000/0000001", value);
        VocabularyHeader.write(same.headers(), IDS);
        ConsumerRecord<String, byte[]> other = record("c/00000/0000001", value);
        VocabularyHeader.write(other.headers(), IDS.replace('a', 'b'));

        assertThat(batch(decoder.decode(same)).tokens()).isEqualTo(sample.tokens());
        assertThatThrownBy(() -> decoder.decode(other))
                .isInstanceOf(LogitstreamException.class)
                .hasMessageContaining("tokenizer 1123456789ab");
    }

    @Test
    void onlyRecordsOfTheTeachersStepsAreTaken() {
        TrainingBatch sample = SampleBatches.random(2, 5, VOCABULARY, 4, 1);
        RecordDecoder range = new RecordDecoder(
                registry,
                tokenizer(VOCABULARY),
                new TrainingConfig.StepRange(100L, 200L),
                null,
                new TeacherChoice(null),
                null);

        for (long step : new long[] {100, 150, 200}) {
            assertThat(batch(range.decode(record("c/00000/0000001", logits(sample, HASH, step))))
                            .predicted())
                    .isEqualTo(8);
        }
        for (long step : new long[] {0, 99, 201}) {
            assertThat(range.decode(record("c/00000/0000001", logits(sample, HASH, step))))
                    .isEqualTo(new DecodedRecord.Skipped(BatchKey.parse("c/00000/0000001")));
        }
        assertThatThrownBy(() -> range.decode(record("c/00000/0000001", logits(sample, HASH))))
                .isInstanceOf(LogitstreamException.class)
                .hasMessageContainingAll("logits-3@17 ", "training.teacherSteps");
    }

    @Test
    void aChangeOfTeacherStopsAStudentThatIsNotToldOfIt() {
        TrainingBatch sample = SampleBatches.random(2, 5, VOCABULARY, 4, 1);
        RecordDecoder one = decoder(new TeacherChoice(null));
        byte[] first = logits(sample, "first", "a".repeat(64));

        one.decode(record("c/00000/0000001", first));
        one.decode(record("c/00000/0000001", first));

        assertThatThrownBy(() -> one.decode(record("c/00000/0000001", logits(sample, "second", "a".repeat(64)))))
                .isInstanceOf(LogitstreamException.class)
                .hasMessageContainingAll(
                        "logits-3@17 ",
                        "made by teacher second",
                        "earlier records were made by teacher first",
                        "training.teachers");
        RecordDecoder resumed = decoder(new TeacherChoice(null));
        resumed.teachers().restore(one.teachers().first());
        assertThatThrownBy(() -> resumed.decode(record("c/00000/0000001", logits(sample, "first", "b".repeat(64)))))
                .isInstanceOf(LogitstreamException.class)
                .hasMessageContaining("has changed");
    }

    @Test
    void teachersAreNamedByNameOrHashAndOthersLeftOut() {
        TrainingBatch sample = SampleBatches.random(2, 5, VOCABULARY, 4, 1);
        byte[] first = logits(sample, "first", "a".repeat(64));
        byte[] second = logits(sample, "second", "b".repeat(64));

        RecordDecoder named = decoder(new TeacherChoice(List.of("second")));
        assertThat(named.decode(record("c/00000/0000001", first)))
                .isEqualTo(new DecodedRecord.Skipped(BatchKey.parse("c/00000/0000001")));
        assertThat(batch(named.decode(record("c/00000/0000001", second))).predicted())
                .isEqualTo(8);
        RecordDecoder hashed = decoder(new TeacherChoice(List.of("aaaaaaaa", "bbb")));
        assertThat(batch(hashed.decode(record("c/00000/0000001", first))).predicted())
                .isEqualTo(8);
        assertThat(hashed.decode(record("c/00000/0000001", second)))
                .isEqualTo(new DecodedRecord.Skipped(BatchKey.parse("c/00000/0000001")));
        RecordDecoder any = decoder(new TeacherChoice(List.of("any")));
        assertThat(batch(any.decode(record("c/00000/0000001", first))).predicted())
                .isEqualTo(8);
        assertThat(batch(any.decode(record("c/00000/0000001", second))).predicted())
                .isEqualTo(8);
    }

    private RecordDecoder decoder(TeacherChoice teachers) {
        return new RecordDecoder(registry, tokenizer(VOCABULARY), null, null, teachers, null);
    }

    @Test
    void memoryGivenBackIsUsedAgain() {
        byte[] first = logits(SampleBatches.random(2, 5, VOCABULARY, 4, 1), HASH);
        TrainingBatch batch = batch(decoder.decode(record("c/00000/0000001", first)));
        SparseLogits memory = batch.logits();

        decoder.release(batch);

        TrainingBatch again = batch(decoder.decode(record("c/00000/0000001", first)));
        assertThat(again.logits()).isSameAs(memory);
        assertThat(batch(decoder.decode(record("c/00000/0000001", first))).logits())
                .isNotSameAs(memory);
    }

    @Test
    void aTombstoneAtTheBeginningIsRefusedToo() {
        assertRefused("c/00000/0000001", null, "no value");
    }

    @Test
    void aSchemaThatDoesNotResolveIsRefused() throws Exception {
        int id = registry.register(
                "logits-value",
                new AvroSchema(
                        "{\"type\":\"record\",\"name\":\"LogitsBatch\","
                                + "\"namespace\":\"io.logitstream.schemas\",\"fields\":[{\"name\":\"successor\",\"type\":\"int\"}]}"));

        assertRefused(
                "c/00000/0000001",
                ByteBuffer.allocate(6).put((byte) 0).putInt(id).put((byte) 2).array(),
                "schema id " + id);
    }

    @Test
    void damageAnywhereIsRefusedWithItsAddressOrChangesOnlyValues() {
        byte[] good = logits(SampleBatches.random(2, 5, VOCABULARY, 4, 1), HASH);
        decoder.decode(record("c/00000/0000001", good));
        Random random = new Random(3);
        int refused = 0;
        for (int i = 0; i < 2000; i++) {
            byte[] damaged =
                    random.nextBoolean() ? good.clone() : Arrays.copyOf(good, 5 + random.nextInt(good.length - 5));
            int at = random.nextInt(damaged.length);
            damaged[at] ^= (byte) (1 << random.nextInt(8));
            try {
                assertThat(batch(decoder.decode(record("c/00000/0000001", damaged)))
                                .predicted())
                        .isEqualTo(8);
            } catch (LogitstreamException e) {
                assertThat(e).hasMessageStartingWith("logits-3@17 (");
                refused++;
            }
        }
        assertThat(refused).isBetween(1000, 1999);
    }

    private void assertRefused(String key, byte[] value, String why) {
        assertThatThrownBy(() -> decoder.decode(record(key, value)))
                .isInstanceOf(LogitstreamException.class)
                .hasMessageContainingAll("logits-3@17 (" + (key == null ? "no key" : key) + "): ", why);
    }

    private static ConsumerRecord<String, byte[]> record(String key, byte[] value) {
        return new ConsumerRecord<>("logits", 3, 17, key, value);
    }

    private byte[] tokens(TrainingBatch sample, String hash) {
        return tokens(batch(sample, hash));
    }

    private byte[] tokens(TokenBatch batch) {
        return new AvroSerializer<TokenBatch>(registry).serialize("tokens", batch);
    }

    private byte[] logits(TrainingBatch sample, String hash) {
        return logits(sample, hash, (Long) null);
    }

    private byte[] logits(TrainingBatch sample, String hash, Long teacherStep) {
        return logits(sample, hash, new Teacher("t", hash, teacherStep));
    }

    private byte[] logits(TrainingBatch sample, String teacher, String weights) {
        return logits(sample, HASH, new Teacher(teacher, weights, null));
    }

    private byte[] logits(TrainingBatch sample, String hash, Teacher teacher) {
        return new AvroSerializer<LogitsBatch>(registry)
                .serialize(
                        "logits",
                        new LogitsBatch(
                                batch(sample, hash),
                                teacher,
                                new Selection("top-p-top-k", 0.9, 4, 0, 0L),
                                CODEC.name(),
                                CODEC.encode(
                                        sample.logits(),
                                        new PayloadShape(
                                                sample.tokens(), sample.rows(), sample.length(), 1 << 30, 0))));
    }

    private static TokenizerIdentity tokenizer(int vocabulary) {
        return new TokenizerIdentity(HASH, IDS, vocabulary);
    }

    private static TokenBatch batch(TrainingBatch sample, String hash) {
        return new TokenBatch(
                "c",
                0,
                1,
                sample.rows(),
                sample.length(),
                TokenBatches.bytes(sample.tokens()),
                hash,
                VOCABULARY,
                null,
                null);
    }

    private static TrainingBatch batch(DecodedRecord decoded) {
        assertThat(decoded).isInstanceOf(DecodedRecord.Batch.class);
        return ((DecodedRecord.Batch) decoded).batch();
    }
}
