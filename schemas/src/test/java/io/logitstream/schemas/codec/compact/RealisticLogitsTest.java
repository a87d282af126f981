package io.logitstream.schemas.codec.compact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.logitstream.schemas.logits.LogitsCodec;
import io.logitstream.schemas.logits.PayloadBytes;
import io.logitstream.schemas.logits.PayloadShape;
import io.logitstream.schemas.logits.SparseLogits;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** Size and fidelity on realistic logits at a vocabulary of 151,936: what docs/reference/reports/codec.md promises. */
class RealisticLogitsTest {
    private final RealisticLogits realistic = RealisticLogits.load();
    private final CompactCodec codec = new CompactCodec();

    @Test
    void entriesOfTopPTopKTakeTwoBytesWithAllThatBelongsToThem() {
        SparseLogits logits = realistic.select(0.95, 100);
        int bytes = codec.encode(logits, realistic.shape()).remaining();
        int tokens = 4 * realistic.shape().tokens().length;

        System.out.printf(
                "top-p 0.95, k 100: %.3f bytes per entry, %.1f per position, %.1f entries%n",
                (double) bytes / logits.total(),
                (double) bytes / logits.positions(),
                (double) logits.total() / logits.positions());
        assertThat((double) (bytes + tokens) / logits.total()).isLessThan(2.3);
    }

    @Test
    void thePartsOfAPayloadAddUpToIt() {
        SparseLogits logits = realistic.select(0.95, 50);
        ByteBuffer payload = codec.encode(logits, realistic.shape());

        PayloadBytes parts = codec.parts(payload, realistic.shape());

        System.out.println("top-p 0.95, k 50, bytes per entry " + payload.remaining() / (double) logits.total()
                + ": ids "
                + parts.ids() / logits.total() + ", values " + parts.values() / logits.total() + ", rest a position "
                + parts.rest() / logits.positions());
        assertThat(parts.ids() + parts.values() + parts.rest()).isCloseTo(payload.remaining(), within(1e-6));
        assertThat(parts.ids() / logits.total()).isBetween(1.0, 1.8);
        assertThat(parts.values() / logits.total()).isBetween(0.5, 1.0);
        assertThat(parts.rest() / logits.positions()).isBetween(2.0, 6.0);
    }

    @Test
    void fiftyDrawsTakeLessThan24Bytes() {
        SparseLogits sampled = realistic.sampled();
        int bytes = codec.encode(sampled, realistic.sampledShape()).remaining();

        System.out.printf(
                "50 draws: %.2f bytes per position, %.1f ids%n",
                (double) bytes / sampled.positions(), (double) sampled.total() / sampled.positions());
        assertThat((double) bytes / sampled.positions()).isLessThan(24);
    }

    @Test
    void payloadsAreTheBytesOfEarlierVersions() throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        digest.update(codec.encode(realistic.select(0.95, 100), realistic.shape()));
        digest.update(codec.encode(realistic.sampled(), realistic.sampledShape()));

        assertThat(HexFormat.of().formatHex(digest.digest()))
                .isEqualTo("f1c1e534f69a9630d4bdede653c70c85e678cb2ee45e48b63ce41e16d3f40cfe");
    }

    @Test
    void supportsAloneTakeNoMoreThanWhatIsLeftWithoutTheColumnsOfStatistics() {
        LogitsCodec supports = new CompactSupportsCodec();
        for (double p : new double[] {0.95, Double.POSITIVE_INFINITY}) {
            for (int k : new int[] {20, 50, 100}) {
                SparseLogits logits = realistic.select(p, k);
                int whole = codec.encode(logits, realistic.shape()).remaining();
                double statistics = statisticsBytes(logits);
                int bytes = supports.encode(logits, realistic.shape()).remaining();

                System.out.printf(
                        "%s, k %d: bytes per entry %.3f with statistics, %.3f without their columns, %.3f for supports%n",
                        p < 1 ? "top-p " + p : "top-k",
                        k,
                        (double) whole / logits.total(),
                        (whole - statistics) / logits.total(),
                        (double) bytes / logits.total());
                assertThat((double) bytes).isLessThanOrEqualTo(whole - statistics);
            }
        }
    }

    /**
     * Bytes of the columns of statistics and of their number in the header. A constant column takes no bits. The entropy
     * also chooses the tables of other columns, so its size is measured in place of the standard deviation, which is
     * coded in the same way.
     */
    private double statisticsBytes(SparseLogits logits) {
        int positions = logits.positions();
        int whole = codec.encode(logits, realistic.shape()).remaining();
        float[] logSumExp = Arrays.copyOf(logits.logSumExp(), positions);
        float[] deviation = Arrays.copyOf(logits.standardDeviation(), positions);
        Arrays.fill(logits.logSumExp(), 0);
        Arrays.fill(logits.standardDeviation(), 0);
        int withoutBoth = codec.encode(logits, realistic.shape()).remaining();
        System.arraycopy(logits.entropy(), 0, logits.standardDeviation(), 0, positions);
        int withEntropyTwice = codec.encode(logits, realistic.shape()).remaining();
        System.arraycopy(logSumExp, 0, logits.logSumExp(), 0, positions);
        System.arraycopy(deviation, 0, logits.standardDeviation(), 0, positions);
        return whole - withoutBoth + withEntropyTwice - withoutBoth + Integer.BYTES;
    }

    @Test
    void lossAndGradientAreThoseOfTheExactLogits() {
        for (int k : new int[] {50, 100}) {
            Fidelity fidelity = Fidelity.of(realistic, k, 1);
            System.out.println("k " + k + ": " + fidelity + ", temperature 2: " + Fidelity.of(realistic, k, 2)
                    + ", 0.5: " + Fidelity.of(realistic, k, 0.5));
            assertThat(fidelity.meanLoss()).isLessThan(1e-3);
            assertThat(fidelity.worstLoss()).isLessThan(1e-2);
            assertThat(fidelity.meanGradient()).isLessThan(1e-3);
            assertThat(fidelity.worstGradient()).isLessThan(1e-2);
            assertThat(fidelity.worstMass()).isLessThan(1e-3);
        }
    }

    @Test
    void aSampleComesBackExactly() {
        SparseLogits sampled = realistic.sampled();
        PayloadShape shape = realistic.sampledShape();
        SparseLogits into = new SparseLogits();

        codec.decode(codec.encode(sampled, shape), shape, into);

        CompactCodecTest.assertSame(into, sampled);
    }
}
