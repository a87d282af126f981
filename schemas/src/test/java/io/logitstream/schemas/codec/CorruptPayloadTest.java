package io.logitstream.schemas.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.schemas.Samples;
import io.logitstream.schemas.logits.CorruptPayloadException;
import io.logitstream.schemas.logits.LogitsChecks;
import io.logitstream.schemas.logits.LogitsCodec;
import io.logitstream.schemas.logits.RandomLogits;
import io.logitstream.schemas.logits.SparseLogits;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Damages payloads at random: each must be refused, or read as values that a payload may hold. {@code
 * -Dlogitstream.damagedPayloads=1000000} tries more of them.
 */
class CorruptPayloadTest {
    /** Damaged copies of each payload. */
    private static final int COPIES = 50;

    @ParameterizedTest
    @ValueSource(strings = {"plain", "plain-supports", "compact-1", "compact-1-supports"})
    void damagedPayloadsAreRefusedOrHoldPossibleValues(String name) {
        int damaged = Integer.getInteger("logitstream.damagedPayloads", 100_000);
        LogitsCodec codec = LogitsCodecs.byName(name);
        Random random = new Random(1);
        SparseLogits into = new SparseLogits();
        int refused = 0;
        int largest = 0;
        int most = 0;

        for (int i = 0; i < damaged / COPIES; i++) {
            RandomLogits batch = RandomLogits.of(random, i % 4 == 3 && codec.hasStatistics());
            byte[] whole = Samples.bytes(codec.encode(batch.logits(), batch.shape()));
            for (int copy = 0; copy < COPIES; copy++) {
                byte[] payload = damage(random, whole.clone());
                largest = Math.max(largest, payload.length);
                most = Math.max(most, batch.shape().positions());
                try {
                    codec.decode(ByteBuffer.wrap(payload), batch.shape(), into);
                    LogitsChecks.require(into, batch.shape());
                } catch (CorruptPayloadException e) {
                    assertThat(e.position()).isBetween(-1, batch.shape().positions() - 1);
                    refused++;
                }
            }
        }

        System.out.printf("%s: %,d of %,d damaged payloads refused%n", name, refused, damaged);
        assertThat(refused).as("payloads refused").isBetween(damaged / 4, damaged - 1);
        assertThat(into.ids().length).as("entries ever allocated").isLessThanOrEqualTo(most + 16 * largest);
    }

    static byte[] damage(Random random, byte[] payload) {
        switch (random.nextInt(6)) {
            case 0:
                return Arrays.copyOf(payload, random.nextInt(payload.length));
            case 1:
                return Arrays.copyOf(payload, payload.length + 1 + random.nextInt(100));
            case 2:
                int number = random.nextBoolean() ? random.nextInt() : random.nextInt(400) - 5;
                ByteBuffer.wrap(payload)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putInt(4 * random.nextInt(Math.min(4, payload.length / 4)), number);
                return payload;
            case 3:
                if (payload.length > 60) {
                    byte[] rest = new byte[payload.length - 12];
                    random.nextBytes(rest);
                    System.arraycopy(rest, 0, payload, 12, rest.length);
                } else {
                    random.nextBytes(payload);
                }
                return payload;
            default:
                for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
                    payload[random.nextInt(payload.length)] ^= (byte) (1 << random.nextInt(8));
                }
                return payload;
        }
    }
}
