package io.logitstream.exploration.results;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PairedComparisonTest {
    @Test
    void itIsThePairedTTest() {
        // With two degrees of freedom F(t) = 1/2 + t / (2 sqrt(2 + t^2)), from which these were computed.
        PairedComparison comparison =
                PairedComparison.of(Map.of(1L, 4.654, 2L, 4.645, 3L, 4.689), Map.of(1L, 4.825, 2L, 4.863, 3L, 4.889));

        assertThat(comparison.difference()).isCloseTo(-0.19633333333333378, within(1e-9));
        assertThat(comparison.low()).isCloseTo(-0.25524110324635485, within(1e-9));
        assertThat(comparison.high()).isCloseTo(-0.1374255634203127, within(1e-9));
        assertThat(comparison.p()).isCloseTo(0.0048275936802257835, within(1e-9));
        assertThat(comparison.seeds()).isEqualTo(3);
    }

    @Test
    void onlyCommonSeedsCount() {
        PairedComparison one = PairedComparison.of(Map.of(1L, 2.0, 2L, 3.0), Map.of(1L, 1.5, 3L, 9.0));

        assertThat(one).isEqualTo(new PairedComparison(0.5, null, null, null, null, null, null, null, 1, null));
        assertThat(PairedComparison.of(Map.of(1L, 2.0), Map.of(2L, 1.5))).isNull();
    }

    @Test
    void manyComparisonsAreAdjustedByHolm() {
        Map<String, PairedComparison> table = new LinkedHashMap<>();
        double[] given = {0.01, 0.04, 0.03, 0.005};
        for (int i = 0; i < given.length; i++) {
            table.put("v" + i, new PairedComparison(0.1, 0.05, 0.0, 0.0, 0.0, 0.0, given[i], null, 3, null));
        }
        table.put("one seed", new PairedComparison(0, null, null, null, null, null, null, null, 1, null));

        PairedComparison.adjust(table);

        // statsmodels multipletests(method='holm').
        assertThat(table.values().stream().limit(4).map(PairedComparison::adjustedP))
                .usingElementComparator((a, b) -> Math.abs(a - b) < 1e-12 ? 0 : 1)
                .containsExactly(0.03, 0.06, 0.06, 0.02);
        assertThat(table.get("one seed").adjustedP()).isNull();
        assertThat(table.values().stream().map(PairedComparison::decided))
                .containsExactly(true, false, false, true, false);
        // Level 0.05 / 4, effect size 2: one seed below that of the exact power, 7.
        assertThat(table.values().stream().map(PairedComparison::seedsNeeded)).containsExactly(null, 6, 6, null, null);
    }

    @Test
    void aBootstrapResamplesTheSeeds() {
        PairedComparison few =
                PairedComparison.of(Map.of(1L, 1.0, 2L, 2.0, 3L, 6.0), Map.of(1L, 0.0, 2L, 0.0, 3L, 0.0));

        // Each of the 27 resamples has the probability 1/27 = 0.037, so the interval ends at the outer values.
        assertThat(few.bootstrapLow()).isEqualTo(1);
        assertThat(few.bootstrapHigh()).isEqualTo(6);
        assertThat(few.deviation()).isCloseTo(Math.sqrt(7), within(1e-12));
    }
}
