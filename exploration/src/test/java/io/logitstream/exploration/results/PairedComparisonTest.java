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

        assertThat(one).isEqualTo(new PairedComparison(0.5, null, null, null, null, 1));
        assertThat(PairedComparison.of(Map.of(1L, 2.0), Map.of(2L, 1.5))).isNull();
    }

    @Test
    void manyComparisonsAreAdjustedByHolm() {
        Map<String, PairedComparison> table = new LinkedHashMap<>();
        double[] given = {0.01, 0.04, 0.03, 0.005};
        for (int i = 0; i < given.length; i++) {
            table.put("v" + i, new PairedComparison(0, 0.0, 0.0, given[i], null, 3));
        }
        table.put("one seed", new PairedComparison(0, null, null, null, null, 1));

        PairedComparison.adjust(table);

        // statsmodels multipletests(method='holm').
        assertThat(table.values().stream().limit(4).map(PairedComparison::adjustedP))
                .usingElementComparator((a, b) -> Math.abs(a - b) < 1e-12 ? 0 : 1)
                .containsExactly(0.03, 0.06, 0.06, 0.02);
        assertThat(table.get("one seed").adjustedP()).isNull();
    }
}
