package io.logitstream.model.libtorch;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class Bfloat16Test {
    @Test
    void everyValueSurvivesWideningAndNarrowing() {
        for (int bits = 0; bits <= 0xffff; bits++) {
            float widened = Float.intBitsToFloat(bits << 16);

            int narrowed = narrow(widened) & 0xffff;

            if (Float.isNaN(widened)) {
                assertThat(Float.isNaN(Float.intBitsToFloat(narrowed << 16))).isTrue();
            } else {
                assertThat(narrowed).isEqualTo(bits);
            }
        }
    }

    @Test
    void narrowingTakesTheNearestValueAndTheEvenOneOnATie() {
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 100_000; i++) {
            float value = (float) (random.nextGaussian() * Math.exp(random.nextDouble(-20, 20)));
            int narrowed = narrow(value) & 0xffff;

            double error = Math.abs((double) value - Float.intBitsToFloat(narrowed << 16));
            double above = Math.abs((double) value - Float.intBitsToFloat(narrowed + 1 << 16));
            double below = Math.abs((double) value - Float.intBitsToFloat(narrowed - 1 << 16));
            assertThat(error).isLessThanOrEqualTo(Math.min(above, below));
        }
        assertThat(narrow(Float.intBitsToFloat(0x3f808000))).isEqualTo((short) 0x3f80);
        assertThat(narrow(Float.intBitsToFloat(0x3f818000))).isEqualTo((short) 0x3f82);
        assertThat(narrow(Float.POSITIVE_INFINITY)).isEqualTo((short) 0x7f80);
    }

    private static short narrow(float value) {
        ByteBuffer bytes = ByteBuffer.allocate(4)
                .order(ByteOrder.nativeOrder())
                .putFloat(value)
                .flip();
        return Bfloat16.fromFloat32(bytes).getShort(0);
    }
}
