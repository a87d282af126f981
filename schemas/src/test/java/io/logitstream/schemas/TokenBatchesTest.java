package io.logitstream.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.messages.LogitstreamException;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class TokenBatchesTest {

    @Test
    void idsAreLittleEndianAndComeBack() {
        int[] ids = new Random(1).ints(1000).toArray();

        ByteBuffer bytes = TokenBatches.bytes(ids);

        assertThat(bytes.get(0)).isEqualTo((byte) ids[0]);
        assertThat(bytes.get(3)).isEqualTo((byte) (ids[0] >>> 24));
        TokenBatch batch = Samples.tokenBatch();
        batch.setTokens(bytes);
        assertThat(TokenBatches.tokens(batch)).containsExactly(ids);
        assertThat(TokenBatches.tokens(batch)).as("read again").containsExactly(ids);
    }

    @Test
    void readsASliceOfALargerArray() {
        ByteBuffer bytes = ByteBuffer.allocate(20).position(3);
        bytes.put(TokenBatches.bytes(new int[] {5, 1, 2})).flip();
        bytes.position(3);
        TokenBatch batch = Samples.tokenBatch();
        batch.setTokens(bytes);

        assertThat(TokenBatches.tokens(TokenBatches.require(batch))).containsExactly(5, 1, 2);
        assertThat(bytes.position()).isEqualTo(3);
    }

    @Test
    void countsPredictedPositions() {
        assertThat(TokenBatches.positions(Samples.tokenBatch())).isEqualTo(2);
        assertThat(TokenBatches.positions(TokenBatches.endMarker("demo", Samples.HASH, 8, 1, 2)))
                .isZero();
    }

    @Test
    void takesBatchesAndEndMarkers() {
        TokenBatch marker = TokenBatches.endMarker("demo", Samples.HASH, 8, 1, 2);

        assertThat(TokenBatches.require(Samples.tokenBatch())).isEqualTo(Samples.tokenBatch());
        assertThat(TokenBatches.require(marker)).isSameAs(marker);
        assertThat(TokenBatches.require(Samples.isolatedBatch()).getDocumentEnd())
                .isEqualTo(1);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void refusesCorruptBatches(String named, Consumer<TokenBatch> corruption) {
        TokenBatch batch = Samples.tokenBatch();
        corruption.accept(batch);

        assertThatThrownBy(() -> TokenBatches.require(batch))
                .isInstanceOf(LogitstreamException.class)
                .hasMessageContaining(named);
    }

    static Stream<Arguments> refusesCorruptBatches() {
        return Stream.of(
                corrupt("has id 8, outside", b -> b.setTokens(TokenBatches.bytes(new int[] {5, 8, 2}))),
                corrupt("has id -1, outside", b -> b.setTokens(TokenBatches.bytes(new int[] {5, -1, 2}))),
                corrupt("there are 11 bytes", b -> b.getTokens().limit(11)),
                corrupt("there are 12 bytes", b -> b.setRows(2)),
                corrupt("there are 0 bytes", b -> {
                    // 4 * rows * length is 0 in 32 bits.
                    b.setRows(1 << 15);
                    b.setLength(1 << 15);
                    b.setTokens(ByteBuffer.allocate(0));
                }),
                corrupt("0 rows", b -> b.setRows(0)),
                corrupt("rows of 1 tokens", b -> b.setLength(1)),
                corrupt("vocabulary size 0", b -> b.setVocabularySize(0)),
                corrupt("document has id 8, outside", b -> b.setDocumentEnd(8)),
                corrupt("document has id -1, outside", b -> b.setDocumentEnd(-1)),
                corrupt("shard -1", b -> b.setShard(-1)),
                corrupt("batch -1", b -> b.setBatch(-1)),
                corrupt("corpus name", b -> b.setCorpus("a/b")),
                corrupt("must have no rows", b -> b.setEndOfCorpus(new EndOfCorpus(1L, 2L))));
    }

    private static Arguments corrupt(String named, Consumer<TokenBatch> corruption) {
        return Arguments.of(named, corruption);
    }
}
