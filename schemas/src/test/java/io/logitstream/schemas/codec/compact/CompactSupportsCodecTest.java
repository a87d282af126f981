package io.logitstream.schemas.codec.compact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.Samples;
import io.logitstream.schemas.codec.LogitsCodecs;
import io.logitstream.schemas.logits.CorruptPayloadException;
import io.logitstream.schemas.logits.LogitsCodec;
import io.logitstream.schemas.logits.PayloadBytes;
import io.logitstream.schemas.logits.PayloadShape;
import io.logitstream.schemas.logits.RandomLogits;
import io.logitstream.schemas.logits.SparseLogits;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Supports without statistics come back, and nothing passes for a statistic. */
class CompactSupportsCodecTest {
    private final LogitsCodec codec = LogitsCodecs.byName("compact-1-supports");
    private final SparseLogits into = new SparseLogits();

    @Test
    void anyContentComesBackWithinItsSteps() {
        Random random = new Random(12);
        for (int round = 0; round < 400; round++) {
            RandomLogits batch = RandomLogits.of(random, false);
            SparseLogits written = round % 2 == 0 ? batch.logits() : withoutStatistics(batch.logits());

            ByteBuffer payload = codec.encode(written, batch.shape());
            codec.decode(payload.duplicate(), batch.shape(), into);

            assertThat(into.hasStatistics()).isFalse();
            CompactCodecTest.assertSame(into, batch.logits());
            assertThat((long) payload.remaining())
                    .isLessThanOrEqualTo(codec.maxBytes(batch.shape().positions(), batch.largestSupport()));
            // Rounded values are coded as themselves.
            assertThat(codec.encode(into, batch.shape())).isEqualTo(payload);
        }
    }

    @Test
    void anyTailMassComesBackWhateverTheProbabilitiesPredict() {
        Random random = new Random(13);
        for (int round = 0; round < 100; round++) {
            RandomLogits batch = RandomLogits.of(random, false);
            for (int i = 0; i < batch.logits().positions(); i++) {
                batch.logits().tailMass()[i] = random.nextInt(2049) / 2048f;
            }

            codec.decode(codec.encode(batch.logits(), batch.shape()), batch.shape(), into);

            assertThat(Arrays.copyOf(into.tailMass(), into.positions()))
                    .isEqualTo(Arrays.copyOf(batch.logits().tailMass(), into.positions()));
        }
    }

    @Test
    void entriesThatAllFollowFromTheOnesBeforeComeBack() {
        int positions = 3_000;
        PayloadShape shape = new PayloadShape(new int[positions + 1], 1, positions + 1, 100, 0);
        SparseLogits logits = new SparseLogits();
        logits.resizeWithoutStatistics(positions, positions * 64);
        for (int i = 0; i < positions; i++) {
            logits.offsets()[i + 1] = 64 * (i + 1);
            for (int j = 0; j < 64; j++) {
                logits.ids()[64 * i + j] = j + 1;
                logits.logProbs()[64 * i + j] = -1 - j;
            }
        }

        codec.decode(codec.encode(logits, shape), shape, into);

        CompactCodecTest.assertSame(into, logits);
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain-supports", "compact-1-supports"})
    void aBatchWithoutPositionsHasNoBytes(String name) {
        SparseLogits logits = new SparseLogits();
        logits.resizeWithoutStatistics(0, 0);
        PayloadShape empty = new PayloadShape(new int[0], 0, 0, 10, 0);

        ByteBuffer payload = LogitsCodecs.byName(name).encode(logits, empty);
        LogitsCodecs.byName(name).decode(payload, empty, into);

        assertThat(payload.remaining()).isZero();
        assertThat(into.positions()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain-supports", "compact-1-supports"})
    void statisticsThatAreNotThereCannotBeRead(String name) {
        LogitsCodec supports = LogitsCodecs.byName(name);
        PayloadShape shape = PayloadShape.of(Samples.tokenBatch(), 0);
        // The arrays hold statistics of an earlier batch.
        LogitsCodecs.byName("plain").decode(Samples.logitsBatch().getPayload(), shape, into);

        supports.decode(supports.encode(Samples.sparseLogits(), shape), shape, into);

        assertThat(into.hasStatistics()).isFalse();
        assertThatThrownBy(into::logSumExp).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(into::standardDeviation).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(into::entropy).isInstanceOf(IllegalStateException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "compact-1"})
    void aCodecWithStatisticsDoesNotMakeThemUp(String name) {
        SparseLogits logits = withoutStatistics(Samples.sparseLogits());
        PayloadShape shape = PayloadShape.of(Samples.tokenBatch(), 0);

        assertThatThrownBy(() -> LogitsCodecs.byName(name).encode(logits, shape))
                .isInstanceOf(LogitstreamException.class)
                .hasMessageContainingAll("no statistics", name + "-supports");
        assertThat(LogitsCodecs.withoutStatistics(name).name()).isEqualTo(name + "-supports");
        assertThat(LogitsCodecs.withoutStatistics(name + "-supports").name()).isEqualTo(name + "-supports");
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain-supports", "compact-1-supports"})
    void samplesAreRefusedOnTheWayInAndOut(String name) {
        LogitsCodec supports = LogitsCodecs.byName(name);
        RandomLogits sample = RandomLogits.of(new Random(2), true);
        RandomLogits batch = RandomLogits.of(new Random(2), false);
        ByteBuffer payload = supports.encode(batch.logits(), batch.shape());
        PayloadShape sampled = new PayloadShape(
                batch.shape().tokens(),
                batch.shape().rows(),
                batch.shape().length(),
                batch.shape().vocabularySize(),
                50);

        assertThatThrownBy(() -> supports.encode(sample.logits(), sample.shape()))
                .isInstanceOf(CorruptPayloadException.class)
                .hasMessageContaining("holds no samples");
        assertThatThrownBy(() -> supports.decode(payload.duplicate(), sampled, into))
                .isInstanceOf(CorruptPayloadException.class)
                .hasMessageContaining("50 draws per position");
    }

    @ParameterizedTest
    @CsvSource({"compact-1-supports, 20", "compact-1-supports, 100", "plain-supports, 50"})
    void thePartsOfAPayloadAddUpToIt(String name, int k) {
        LogitsCodec supports = LogitsCodecs.byName(name);
        RealisticLogits realistic = RealisticLogits.load();
        SparseLogits logits = realistic.select(0.95, k);
        ByteBuffer payload = supports.encode(logits, realistic.shape());

        PayloadBytes parts = supports.parts(payload, realistic.shape());

        assertThat(parts.ids() + parts.values() + parts.rest()).isCloseTo(payload.remaining(), within(1e-6));
        assertThat(parts.rest() / logits.positions()).isBetween(0.5, 8.0);
        assertThat(parts.values() / logits.total()).isBetween(0.5, 4.0);
        assertThat(parts.ids() / logits.total()).isBetween(1.0, 4.0);
    }

    private static SparseLogits withoutStatistics(SparseLogits logits) {
        SparseLogits supports = new SparseLogits();
        supports.resizeWithoutStatistics(logits.positions(), logits.total());
        System.arraycopy(logits.offsets(), 0, supports.offsets(), 0, logits.positions() + 1);
        System.arraycopy(logits.ids(), 0, supports.ids(), 0, logits.total());
        System.arraycopy(logits.logProbs(), 0, supports.logProbs(), 0, logits.total());
        System.arraycopy(logits.tailMass(), 0, supports.tailMass(), 0, logits.positions());
        return supports;
    }
}
