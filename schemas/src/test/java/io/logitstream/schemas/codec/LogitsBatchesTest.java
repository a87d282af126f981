package io.logitstream.schemas.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.LogitsBatch;
import io.logitstream.schemas.Samples;
import io.logitstream.schemas.Selection;
import io.logitstream.schemas.Teacher;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.schemas.logits.CorruptPayloadException;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.schemas.registry.TestRegistry;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.apache.kafka.common.record.internal.DefaultRecord;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.junit.jupiter.api.Test;

class LogitsBatchesTest {

    private final SparseLogits into = new SparseLogits();

    @Test
    void decodesABatch() {
        LogitsBatches.decode(Samples.logitsBatch(), into);

        assertThat(into.positions()).isEqualTo(2);
        assertThat(into.ids()).containsExactly(1, 2, 2);
    }

    @Test
    void anEndMarkerHasNoPositions() {
        LogitsBatches.decode(Samples.logitsBatch(), into);

        TokenBatch marker = TokenBatches.endMarker("demo", Samples.HASH, 8, 1, 2);
        LogitsBatches.decode(LogitsBatches.endMarker(marker, new PlainCodec(true)), into);

        assertThat(into.positions()).isZero();
        assertThat(into.total()).isZero();
    }

    @Test
    void refusesIncompleteRecordsByTheirKey() {
        LogitsBatch noTeacher = Samples.logitsBatch();
        noTeacher.setTeacher(null);
        LogitsBatch unknownCodec = Samples.logitsBatch();
        unknownCodec.setCodec("of tomorrow");
        LogitsBatch cutPayload = Samples.logitsBatch();
        cutPayload.setPayload(ByteBuffer.allocate(7));
        LogitsBatch fullMarker = Samples.logitsBatch();
        fullMarker.setBatch(TokenBatches.endMarker("demo", Samples.HASH, 8, 1, 2));

        assertThatThrownBy(() -> LogitsBatches.decode(noTeacher, into))
                .isInstanceOf(LogitstreamException.class)
                .hasMessageContainingAll("demo/00000/0000000", "teacher or selection is missing");
        assertThatThrownBy(() -> LogitsBatches.decode(unknownCodec, into))
                .isInstanceOf(LogitstreamException.class)
                .hasMessageContainingAll("demo/00000/0000000", "'of tomorrow'", "plain");
        assertThatThrownBy(() -> LogitsBatches.decode(cutPayload, into))
                .hasMessageContaining("demo/00000/0000000")
                .hasCauseInstanceOf(CorruptPayloadException.class);
        assertThatThrownBy(() -> LogitsBatches.decode(fullMarker, into)).hasMessageContaining("demo/end");
    }

    @Test
    void theLargestRecordStaysBelowItsBound() {
        int rows = 8;
        int length = 65;
        int vocabulary = 70_000;
        SparseLogits logits = new SparseLogits();
        Samples.fill(logits, new Random(1), rows * (length - 1), vocabulary, 50);
        String corpus = "\u20ac".repeat(BatchKey.MAX_CORPUS_LENGTH);
        TokenBatch tokens = new TokenBatch(
                corpus,
                Integer.MAX_VALUE,
                Integer.MAX_VALUE,
                rows,
                length,
                TokenBatches.bytes(new int[rows * length]),
                Samples.HASH,
                vocabulary,
                null,
                null);
        PlainCodec codec = new PlainCodec(true);
        int largestPayload = Math.toIntExact(codec.maxBytes(rows * (length - 1), 50));
        LogitsBatch batch = new LogitsBatch(
                tokens,
                new Teacher("teacher", Samples.HASH, Long.MAX_VALUE),
                new Selection("top-p-top-k", 0.95, 50, 0, 0L),
                codec.name(),
                ByteBuffer.allocate(largestPayload));

        int tokensRecord = TestRegistry.serialize(tokens).length + recordBatchOverhead(tokens);
        int logitsRecord = TestRegistry.serialize(batch).length + recordBatchOverhead(tokens);

        assertThat(codec.encode(logits, Samples.shape(logits.positions(), 1 << 30))
                        .remaining())
                .isLessThan(largestPayload);
        assertThat((long) tokensRecord).isLessThanOrEqualTo(TokenBatches.maxRecordBytes(rows, length));
        assertThat((long) logitsRecord).isLessThanOrEqualTo(LogitsBatches.maxRecordBytes(codec, rows, length, 50));
    }

    private static int recordBatchOverhead(TokenBatch tokens) {
        return DefaultRecordBatch.RECORD_BATCH_OVERHEAD
                + DefaultRecord.MAX_RECORD_OVERHEAD
                + BatchKey.of(tokens).toString().getBytes(StandardCharsets.UTF_8).length;
    }
}
