package io.logitstream.schemas.codec.compact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.logitstream.schemas.codec.LogitsCodecs;
import io.logitstream.schemas.codec.compact.coding.NumberClasses;
import io.logitstream.schemas.codec.compact.coding.ProbabilityLevels;
import io.logitstream.schemas.logits.CorruptPayloadException;
import io.logitstream.schemas.logits.LogitsCodec;
import io.logitstream.schemas.logits.PayloadShape;
import io.logitstream.schemas.logits.RandomLogits;
import io.logitstream.schemas.logits.SparseLogits;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What is written comes back: ids and counts exactly, the rest within its steps. */
public class CompactCodecTest {
    private final LogitsCodec codec = LogitsCodecs.byName("compact-1");

    @Test
    void anyContentComesBackWithinItsSteps() {
        Random random = new Random(11);
        SparseLogits into = new SparseLogits();
        for (int round = 0; round < 400; round++) {
            RandomLogits batch = RandomLogits.of(random, round % 3 == 2);

            ByteBuffer payload = codec.encode(batch.logits(), batch.shape());
            codec.decode(payload.duplicate(), batch.shape(), into);

            assertThat(into.hasStatistics()).isTrue();
            assertSame(into, batch.logits());
            assertThat((long) payload.remaining())
                    .isLessThanOrEqualTo(codec.maxBytes(batch.shape().positions(), batch.largestSupport()));
            // Rounded values are coded as themselves.
            assertThat(codec.encode(into, batch.shape())).isEqualTo(payload);
        }
    }

    /** Compares all that the codec holds: the statistics only if those read have them. */
    public static void assertSame(SparseLogits read, SparseLogits written) {
        int positions = written.positions();
        int total = written.total();
        assertThat(read.positions()).isEqualTo(positions);
        assertThat(Arrays.copyOf(read.offsets(), positions + 1))
                .isEqualTo(Arrays.copyOf(written.offsets(), positions + 1));
        assertThat(Arrays.copyOf(read.ids(), total)).isEqualTo(Arrays.copyOf(written.ids(), total));
        if (written.draws() > 0) {
            assertThat(Arrays.copyOf(read.counts(), total)).isEqualTo(Arrays.copyOf(written.counts(), total));
        } else {
            for (int e = 0; e < total; e++) {
                double expected = Math.exp(Math.min(0, written.logProbs()[e]) / 2);
                double root = Math.exp(read.logProbs()[e] / 2);
                assertThat(root)
                        .isCloseTo(
                                expected,
                                within(0.5 / ProbabilityLevels.SCALE
                                        + expected / 16 * (expected < 0.004 ? 1 : 0)
                                        + 1e-5));
            }
        }
        for (int i = 0; i < positions; i++) {
            assertThat(read.tailMass()[i]).isCloseTo(written.tailMass()[i], within(0.5f / 2048));
            if (!read.hasStatistics()) {
                continue;
            }
            assertThat(read.logSumExp()[i]).isCloseTo(written.logSumExp()[i], within(0.5f / 16 + 1e-5f));
            assertThat(read.standardDeviation()[i])
                    .isCloseTo(written.standardDeviation()[i], within(0.5f / 64 + 1e-5f));
            assertThat(read.entropy()[i]).isCloseTo(written.entropy()[i], within(0.5f / 64 + 1e-5f));
        }
    }

    @Test
    void idsOfAllThirtyOneBitsComeBack() {
        SparseLogits logits = new SparseLogits();
        int[] ids = {Integer.MAX_VALUE - 1, 0, 1 << 30, 15, 16, 65535, 65536, 151_935};
        logits.resize(1, ids.length);
        System.arraycopy(ids, 0, logits.ids(), 0, ids.length);
        for (int e = 0; e < ids.length; e++) {
            logits.logProbs()[e] = -e - 1;
        }
        PayloadShape shape = new PayloadShape(new int[] {1, 2}, 1, 2, Integer.MAX_VALUE, 0);
        SparseLogits into = new SparseLogits();

        codec.decode(codec.encode(logits, shape), shape, into);

        assertThat(Arrays.copyOf(into.ids(), ids.length)).isEqualTo(ids);
    }

    @Test
    void aThousandEntriesThatAllFollowFromTheOnesBeforeComeBack() {
        // Each position repeats the support before it: next to no information, and still no payload a reader takes for
        // an
        // attack on its memory.
        int positions = 3_000;
        PayloadShape shape = new PayloadShape(new int[positions + 1], 1, positions + 1, 100, 0);
        SparseLogits logits = new SparseLogits();
        logits.resize(positions, positions * 64);
        for (int i = 0; i < positions; i++) {
            logits.offsets()[i + 1] = 64 * (i + 1);
            for (int j = 0; j < 64; j++) {
                logits.ids()[64 * i + j] = j + 1;
                logits.logProbs()[64 * i + j] = -1 - j;
            }
        }
        SparseLogits into = new SparseLogits();

        codec.decode(codec.encode(logits, shape), shape, into);

        assertSame(into, logits);
    }

    @Test
    void levelsRiseWithTheProbabilityAndRoundTrip() {
        int previous = -1;
        for (float logProb = -50; logProb <= 0; logProb += 0.0007f) {
            int level = ProbabilityLevels.of(logProb);
            assertThat(level).isBetween(Math.max(0, previous), ProbabilityLevels.MOST);
            previous = level;
        }
        for (int level = 0; level <= ProbabilityLevels.MOST; level++) {
            assertThat(ProbabilityLevels.of(ProbabilityLevels.table()[level])).isEqualTo(level);
        }
    }

    @Test
    void classesCoverEveryNumber() {
        for (NumberClasses classes : new NumberClasses[] {NumberClasses.FINE, NumberClasses.FINER}) {
            Random random = new Random(4);
            for (int i = 0; i < 100_000; i++) {
                int value = i < 5_000 ? i : random.nextInt() >>> 1 + random.nextInt(31);
                int symbol = classes.of(value);
                assertThat(symbol).isBetween(0, classes.count() - 1);
                assertThat(value - classes.base(symbol)).isBetween(0, (1 << classes.extraBits(symbol)) - 1);
            }
            assertThat(classes.of(Integer.MAX_VALUE)).isEqualTo(classes.count() - 1);
        }
    }

    @Test
    void whatNoReaderWouldTakeIsNotWritten() {
        SparseLogits logits = new SparseLogits();
        logits.resize(1, 2);
        logits.ids()[0] = 3;
        logits.ids()[1] = 3;
        PayloadShape shape = new PayloadShape(new int[] {1, 2}, 1, 2, 10, 0);

        assertThatThrownBy(() -> codec.encode(logits, shape))
                .isInstanceOf(CorruptPayloadException.class)
                .hasMessageContaining("twice");
        logits.ids()[1] = 4;
        logits.logSumExp()[0] = 1e10f;
        assertThatThrownBy(() -> codec.encode(logits, shape))
                .isInstanceOf(CorruptPayloadException.class)
                .hasMessageContaining("too large");
    }
}
