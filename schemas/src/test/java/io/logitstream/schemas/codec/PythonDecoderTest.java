package io.logitstream.schemas.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.schemas.LogitsBatch;
import io.logitstream.schemas.Samples;
import io.logitstream.schemas.Selection;
import io.logitstream.schemas.Teacher;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.schemas.codec.compact.RealisticLogits;
import io.logitstream.schemas.logits.PayloadShape;
import io.logitstream.schemas.logits.RandomLogits;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.schemas.registry.OldRecords;
import io.logitstream.schemas.registry.TestRegistry;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Reads with the Python package what Java writes, and refuses with it what Java refuses. */
class PythonDecoderTest {
    private static final List<String> WITH_STATISTICS = List.of("plain", "compact-1");
    private static final List<String> CODECS = List.of("plain", "compact-1", "plain-supports", "compact-1-supports");

    @TempDir
    private Path folder;

    @BeforeAll
    static void needsPython() {
        Assumptions.assumeTrue(PythonReader.isPossible(), "no python3 with numpy on this machine");
    }

    @Test
    void recordsOfAllKindsGiveWhatJavaReads() throws Exception {
        try (PythonReader reader = new PythonReader(folder)) {
            reader.expectSame(Samples.logitsBatch());
            reader.expectSame(LogitsBatches.endMarker(
                    TokenBatches.endMarker("demo", Samples.HASH, 8, 7, 2000), LogitsCodecs.byName("plain")));
            Random random = new Random(21);
            for (int i = 0; i < 150; i++) {
                RandomLogits batch = RandomLogits.of(random, i % 3 == 2);
                for (String codec : i % 3 == 2 ? WITH_STATISTICS : CODECS) {
                    reader.expectSame(record(batch.logits(), batch.shape(), codec));
                }
            }

            assertThat(reader.run()).contains("502 read");
        }
    }

    @Test
    void recordsOfEarlierReleasesAndOfIsolatedDocumentsGiveWhatJavaReads() throws Exception {
        LogitsBatch isolated = Samples.logitsBatch();
        isolated.setBatch(Samples.isolatedBatch());
        LogitsBatch outside = Samples.logitsBatch();
        outside.getBatch().setDocumentEnd(8);
        TokenBatch marker = TokenBatches.endMarker("demo", Samples.HASH, 8, 7, 2000);
        TokenBatch isolatedMarker = TokenBatches.endMarker("demo", Samples.HASH, 8, 7, 2000, 1);
        LogitsBatch end = LogitsBatches.endMarker(marker, LogitsCodecs.byName("plain"));
        byte[] earlier = OldRecords.bytes("0.1.0", "LogitsBatch");
        try (PythonReader reader = new PythonReader(folder)) {
            reader.expectSame(earlier, Samples.logitsBatch());
            reader.expectSame(OldRecords.withoutDocumentEnd(end), end);
            reader.expectSame(isolated);
            reader.expectSame(LogitsBatches.endMarker(isolatedMarker, LogitsCodecs.byName("plain")));
            reader.expectWhatJavaDoes(outside);
            for (int length = 0; length < earlier.length; length++) {
                reader.expectNoOtherError(Arrays.copyOf(earlier, length));
            }

            assertThat(reader.run())
                    .contains("4 read, 1 refused, " + earlier.length + " of " + earlier.length + " others refused");
        }
    }

    @Test
    void realisticRecordsGiveWhatJavaReads() throws Exception {
        RealisticLogits realistic = RealisticLogits.load();
        try (PythonReader reader = new PythonReader(folder)) {
            for (String codec : CODECS) {
                reader.expectSame(record(realistic.select(0.95, 100), realistic.shape(), codec));
            }
            for (String codec : WITH_STATISTICS) {
                reader.expectSame(record(realistic.sampled(), realistic.sampledShape(), codec));
            }

            assertThat(reader.run()).contains("6 read");
        }
    }

    @Test
    void everyLevelOfALogProbabilityGivesWhatJavaReads() throws Exception {
        int levels = 4312;
        SparseLogits logits = new SparseLogits();
        // One level a position, whose tail is the rest.
        logits.resize(levels, levels);
        for (int level = 0; level < levels; level++) {
            logits.offsets()[level + 1] = level + 1;
            logits.ids()[level] = level;
            logits.logProbs()[level] = (float)
                    (level < 231
                            ? 2 * Math.log(1.0 / 256) - (231 - level) / 8.0
                            : 2 * Math.log((level - 231 + 16) / 4096.0));
            logits.tailMass()[level] = (float) (1 - Math.exp(logits.logProbs()[level]));
        }
        PayloadShape shape = new PayloadShape(new int[levels + 1], 1, levels + 1, levels, 0);
        try (PythonReader reader = new PythonReader(folder)) {
            for (String codec : List.of("compact-1", "compact-1-supports")) {
                SparseLogits read = reader.expectSame(record(logits, shape, codec));

                assertThat(Arrays.stream(bits(read)).distinct().count()).isEqualTo(levels);
            }
            assertThat(reader.run()).contains("2 read");
        }
    }

    @Test
    void damagedPayloadsAreRefusedWhereJavaRefusesThem() throws Exception {
        Random random = new Random(22);
        try (PythonReader reader = new PythonReader(folder)) {
            for (int i = 0; i < 60; i++) {
                RandomLogits batch = RandomLogits.of(random, i % 4 == 3);
                for (String codec : i % 4 == 3 ? WITH_STATISTICS : CODECS) {
                    byte[] whole = Samples.bytes(
                            record(batch.logits(), batch.shape(), codec).getPayload());
                    for (int copy = 0; copy < 15; copy++) {
                        LogitsBatch damaged = record(batch.logits(), batch.shape(), codec);
                        damaged.setPayload(ByteBuffer.wrap(CorruptPayloadTest.damage(random, whole.clone())));
                        reader.expectWhatJavaDoes(damaged);
                    }
                }
            }

            assertThat(reader.run()).matches("(?s)\\d{3,4} read, \\d{4} refused.*");
        }
    }

    @Test
    void damagedRecordsAreReadOrRefusedAndNothingElse() throws Exception {
        Random random = new Random(23);
        try (PythonReader reader = new PythonReader(folder)) {
            for (int i = 0; i < 100; i++) {
                RandomLogits batch = RandomLogits.of(random, i % 4 == 3);
                byte[] whole = TestRegistry.serialize(
                        record(batch.logits(), batch.shape(), CODECS.get(i % 4 == 3 ? 1 : i % 4)));
                for (int copy = 0; copy < 30; copy++) {
                    reader.expectNoOtherError(CorruptPayloadTest.damage(random, whole.clone()));
                }
            }

            assertThat(reader.run()).matches("(?s)0 read, 0 refused, [12]\\d{3} of 3000 others refused.*");
        }
    }

    /** {@code -Dlogitstream.fixtures=write} writes the records that python/tests/test_decoders.py reads. */
    @Test
    @EnabledIfSystemProperty(named = "logitstream.fixtures", matches = "write")
    void writeRecords() throws Exception {
        Random random = new Random(24);
        try (PythonReader reader = new PythonReader(folder)) {
            LogitsBatch isolated = Samples.logitsBatch();
            isolated.setBatch(Samples.isolatedBatch());
            reader.expectSame(isolated);
            for (int i = 0; i < 10; i++) {
                RandomLogits batch = RandomLogits.of(random, i % 3 == 2);
                for (String codec : i % 3 == 2 ? WITH_STATISTICS : CODECS) {
                    LogitsBatch whole = record(batch.logits(), batch.shape(), codec);
                    reader.expectSame(whole);
                    LogitsBatch damaged = record(batch.logits(), batch.shape(), codec);
                    damaged.setPayload(ByteBuffer.wrap(CorruptPayloadTest.damage(
                            random, Samples.bytes(whole.getPayload()).clone())));
                    reader.expectWhatJavaDoes(damaged);
                }
            }
        }
        Files.copy(
                folder.resolve("records.bin"),
                Path.of("../python/tests/data/records.bin"),
                StandardCopyOption.REPLACE_EXISTING);
    }

    private static LogitsBatch record(SparseLogits logits, PayloadShape shape, String codec) {
        TokenBatch tokens = new TokenBatch(
                "demo",
                1,
                2,
                shape.rows(),
                shape.length(),
                TokenBatches.bytes(shape.tokens()),
                Samples.HASH,
                shape.vocabularySize(),
                null,
                null);
        boolean sampled = shape.draws() > 0;
        return new LogitsBatch(
                tokens,
                new Teacher("toy", Samples.HASH, 5L),
                new Selection(sampled ? "sampled" : "top-k", 1.0, shape.vocabularySize(), shape.draws(), -3L),
                codec,
                LogitsCodecs.byName(codec).encode(logits, shape));
    }

    private static int[] bits(SparseLogits logits) {
        int[] bits = new int[logits.total()];
        for (int e = 0; e < bits.length; e++) {
            bits[e] = Float.floatToRawIntBits(logits.logProbs()[e]);
        }
        return bits;
    }
}
