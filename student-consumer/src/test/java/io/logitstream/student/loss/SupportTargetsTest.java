package io.logitstream.student.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.student.config.Losses;
import io.logitstream.student.input.SampleBatches;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SupportTargetsTest {
    @Test
    void shorterSupportsAreFilledUpWithNothing() {
        for (int seed = 0; seed < 20; seed++) {
            SparseLogits logits = SampleBatches.random(2, 6, 200, 40, seed).logits();
            int width = SupportTargets.width(logits);
            IntBuffer ids = IntBuffer.allocate(logits.positions() * width);
            FloatBuffer logProbs = FloatBuffer.allocate(ids.capacity());

            SupportTargets.fillSupports(logits, width, ids, logProbs);

            assertThat(ids.hasRemaining()).isFalse();
            for (int i = 0; i < logits.positions(); i++) {
                int begin = logits.offsets()[i];
                for (int j = 0; j < width; j++) {
                    boolean kept = begin + j < logits.offsets()[i + 1];
                    assertThat(ids.get(i * width + j)).isEqualTo(logits.ids()[kept ? begin + j : begin]);
                    assertThat(logProbs.get(i * width + j))
                            .isEqualTo(kept ? logits.logProbs()[begin + j] : Float.NEGATIVE_INFINITY);
                }
            }
        }
    }

    @Test
    void theWidthIsThatOfTheLargestSupportAndNeverZero() {
        SparseLogits logits = new SparseLogits();
        logits.resize(3, 6);
        logits.offsets()[1] = 1;
        logits.offsets()[2] = 5;

        assertThat(SupportTargets.width(logits)).isEqualTo(4);

        logits.resize(0, 0);
        assertThat(SupportTargets.width(logits)).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({"none,1.5", "wttm,1.5", "normkd,6", "adakd-sd,2.7", "adakd-entropy,2.25"})
    void aTemperatureIsThatOfThePosition(String adaptive, float temperature) {
        FloatBuffer values = FloatBuffer.allocate(SupportTargets.POSITION_VALUES);

        SupportTargets.fillPositions(
                position(4, (float) (0.5 * Math.log(100))),
                Losses.of("adaptiveTemperature", adaptive, "temperature", 1.5),
                100,
                values);

        assertThat(values.get(0)).isCloseTo(temperature, within(1e-6f));
        assertThat(values.get(2)).isEqualTo(0.2f);
        assertThat(values.get(3)).isEqualTo(7f);
    }

    @Test
    void weightsAreThoseOfWttmAndOfTheSquare() {
        FloatBuffer values = FloatBuffer.allocate(3 * SupportTargets.POSITION_VALUES);
        SparseLogits logits = position(1, 1);

        SupportTargets.fillPositions(logits, Losses.of("adaptiveTemperature", "wttm", "temperature", 2), 100, values);
        SupportTargets.fillPositions(
                logits, Losses.of("adaptiveTemperature", "wttm", "temperature", 2, "tail", "bucket"), 100, values);
        SupportTargets.fillPositions(logits, Losses.of("temperatureSquared", true, "temperature", 2), 100, values);

        assertThat(values.get(1)).isCloseTo((float) (Math.sqrt(0.6) + Math.sqrt(0.2)), within(1e-6f));
        assertThat(values.get(5)).isCloseTo((float) (Math.sqrt(0.6) + 2 * Math.sqrt(0.2)), within(1e-6f));
        assertThat(values.get(9)).isEqualTo(4);
    }

    @Test
    void aFlatTeacherHasATemperatureAboveZero() {
        FloatBuffer values = FloatBuffer.allocate(SupportTargets.POSITION_VALUES);

        SupportTargets.fillPositions(position(0, 9), Losses.of("adaptiveTemperature", "normkd"), 100, values);

        assertThat(values.get(0)).isPositive();
    }

    private static SparseLogits position(float deviation, float entropy) {
        SparseLogits logits = new SparseLogits();
        logits.resize(1, 2);
        logits.logProbs()[0] = (float) Math.log(0.6);
        logits.logProbs()[1] = (float) Math.log(0.2);
        logits.tailMass()[0] = 0.2f;
        logits.logSumExp()[0] = 7;
        logits.standardDeviation()[0] = deviation;
        logits.entropy()[0] = entropy;
        return logits;
    }
}
