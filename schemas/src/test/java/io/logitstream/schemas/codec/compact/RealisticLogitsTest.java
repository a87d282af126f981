package io.logitstream.schemas.codec.compact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.logitstream.schemas.logits.PayloadBytes;
import io.logitstream.schemas.logits.PayloadShape;
import io.logitstream.schemas.logits.SparseLogits;
import java.nio.ByteBuffer;
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
