package io.logitstream.student.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.logitstream.student.checkpoint.OutlierStatistics;
import java.util.Random;
import org.junit.jupiter.api.Test;

class OutlierGuardTest {
    @Test
    void onlyWhatLiesFarAboveTheMeanIsAnOutlier() {
        OutlierGuard guard = learned(5.0);

        assertThat(guard.isOutlier(2.2, 1)).isFalse();
        assertThat(guard.isOutlier(0.1, 0.001)).as("far below").isFalse();
        assertThat(guard.isOutlier(4, 1)).as("loss").isTrue();
        assertThat(guard.isOutlier(2, 9)).as("norm").isTrue();
        assertThat(guard.isOutlier(2, 1)).isFalse();
    }

    @Test
    void theFirstStepsAreNeverOutliers() {
        OutlierGuard guard = new OutlierGuard(1.0, OutlierStatistics.EMPTY);
        Random random = new Random(1);

        for (int i = 0; i < OutlierGuard.LEARNING_STEPS; i++) {
            assertThat(guard.isOutlier(100 * random.nextDouble(), random.nextDouble()))
                    .isFalse();
        }
    }

    @Test
    void aLevelThatStaysHighBecomesNormal() {
        OutlierGuard guard = learned(5.0);
        int skipped = 0;
        while (guard.isOutlier(4, 1)) {
            skipped++;
        }

        assertThat(skipped).isBetween(2, 60);
    }

    @Test
    void withoutDeviationsNothingIsAnOutlier() {
        OutlierGuard guard = OutlierGuard.off();
        for (int i = 0; i < 100; i++) {
            assertThat(guard.isOutlier(i == 99 ? 1e9 : 1, 1)).isFalse();
        }
        assertThat(guard.statistics()).isEqualTo(OutlierStatistics.EMPTY);
    }

    @Test
    void theStatisticsAreMeanAndVarianceAndGoOnFromAState() {
        OutlierGuard guard = learned(5.0);
        OutlierGuard resumed = new OutlierGuard(5.0, guard.statistics());

        assertThat(guard.statistics().lossMean()).isCloseTo(2, within(0.05));
        assertThat(Math.sqrt(guard.statistics().lossVariance())).isCloseTo(0.1, within(0.03));
        assertThat(resumed.isOutlier(2.3, 1)).isEqualTo(guard.isOutlier(2.3, 1));
        assertThat(resumed.statistics()).isEqualTo(guard.statistics());
    }

    private static OutlierGuard learned(double deviations) {
        OutlierGuard guard = new OutlierGuard(deviations, OutlierStatistics.EMPTY);
        Random random = new Random(1);
        for (int i = 0; i < 300; i++) {
            guard.isOutlier(2 + 0.1 * random.nextGaussian(), 1 + 0.2 * random.nextGaussian());
        }
        return guard;
    }
}
