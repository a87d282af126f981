package io.logitstream.exploration.results;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SeedPowerTest {
    // The fewest seeds with a power of 0.8 by the noncentral t distribution (scipy.stats.nct).
    @ParameterizedTest
    @CsvSource({
        "0.3, 1, 90",
        "0.5, 1, 34",
        "1, 1, 10",
        "2, 1, 5",
        "4, 1, 3",
        "0.5, 8, 55",
        "1, 8, 17",
        "2, 4, 7",
        "2, 12, 8"
    })
    void theNumberOfSeedsIsThatOfTheExactPower(double effect, int comparisons, int exact) {
        assertThat(SeedPower.seeds(effect, 1, comparisons)).isBetween(exact - 1, exact + 1);
        assertThat(SeedPower.seeds(-0.03 * effect, 0.03, comparisons))
                .isEqualTo(SeedPower.seeds(effect, 1, comparisons));
    }

    @Test
    void anEndlessNumberOfSeedsIsBounded() {
        assertThat(SeedPower.seeds(1e-9, 1, 1)).isEqualTo(SeedPower.MOST + 1);
        assertThat(SeedPower.text(SeedPower.seeds(0, 1, 1))).isEqualTo("more than 1000");
        assertThat(SeedPower.seeds(1, 0, 1)).isEqualTo(2);
    }

    @Test
    void theSmallestDifferenceOfThreeSeedsIsLargerThanTheirDeviation() {
        // (4.3027 + 1.0607) / sqrt(3)
        assertThat(SeedPower.smallestDifference(1, 3, 1)).isCloseTo(3.0966, within(1e-3));
    }
}
