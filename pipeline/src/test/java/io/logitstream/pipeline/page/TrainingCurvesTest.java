package io.logitstream.pipeline.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrainingCurvesTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 239, 240, 241, 479, 480, 1000, 100_000})
    void howeverLongARunThePointsAreFewAndMeansOfTheirStretches(int steps) {
        TrainingCurves curves = new TrainingCurves();
        for (int step = 1; step <= steps; step++) {
            double value = step;
            curves.add(10.0 * step, term -> value);
        }

        Map<String, List<Double>> values = curves.values();

        List<Double> tokens = values.get("tokens");
        assertThat(tokens)
                .hasSizeLessThan(TrainingCurves.MOST_POINTS + 1)
                .last()
                .isEqualTo(10.0 * steps);
        assertThat(tokens.size()).isGreaterThanOrEqualTo(Math.min(steps, TrainingCurves.MOST_POINTS / 2));
        double before = 0;
        for (int i = 0; i < tokens.size(); i++) {
            double last = tokens.get(i) / 10;
            double mean = (before + 1 + last) / 2;
            assertThat(values.get("lm").get(i)).isCloseTo(mean, within(1e-4 * mean));
            before = last;
        }
    }

    @Test
    void aRunOnTheTextAloneHasNoCurveOfDistillation() {
        TrainingCurves curves = new TrainingCurves();
        curves.add(5, term -> term.equals("kd") ? 0 : 1);

        assertThat(curves.values()).containsKeys("tokens", "lm", "learningRate").doesNotContainKey("kd");
        assertThat(new TrainingCurves().values()).isEmpty();
    }
}
