package io.logitstream.student.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.schemas.logits.SparseLogits;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LossMismatchTest {
    @ParameterizedTest
    @CsvSource({
        "adaptiveTemperature, none, true",
        "adaptiveTemperature, wttm, true",
        "adaptiveTemperature, normkd, false",
        "adaptiveTemperature, adakd-sd, false",
        "adaptiveTemperature, adakd-entropy, false",
        "mseOn, probabilities, true",
        "mseOn, logits, false",
        "tail, bucket, true",
        "tail, none, true",
        "temperatureSquared, true, true"
    })
    void withoutStatisticsOnlyTheirLossesAreRefused(String key, String value, boolean possible) {
        LossConfig loss = Losses.of("kind", "mse", key, value);
        SparseLogits served = new SparseLogits();
        served.resizeWithoutStatistics(1, 1);
        SparseLogits logits = new SparseLogits();
        logits.resize(1, 1);

        String mismatch = loss.mismatch(served);

        if (possible) {
            assertThat(mismatch).isNull();
        } else {
            assertThat(mismatch)
                    .contains("no statistics over the vocabulary (served teacher)", "loss." + key)
                    .doesNotContain("\n");
        }
        assertThat(loss.mismatch(logits)).isNull();
    }
}
