package io.logitstream.model.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.messages.ModelException;
import org.junit.jupiter.api.Test;

class SamplerTest {
    private static final int DRAWS = 40_000;
    private static final double[] PROBABILITIES = {0.05, 0.4, 0.02, 0.25, 0.2, 0.08};

    @Test
    void frequenciesFollowTheDistribution() {
        requireFrequencies(new Sampling(1.0, null, null, 3L), PROBABILITIES);
    }

    @Test
    void nothingIsChosenFromLogitsThatAreNotFinite() {
        Sampler greedy = new Sampler(new Sampling(0.0, null, null, 3L));
        Sampler random = new Sampler(new Sampling(1.0, 2, 0.9, 3L));
        for (Sampler sampler : new Sampler[] {greedy, random}) {
            assertThatThrownBy(() -> sampler.next(new float[] {0, Float.NaN, 1}))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContaining("not finite, first for token 1");
            assertThatThrownBy(() -> sampler.next(new float[] {Float.POSITIVE_INFINITY, 0}))
                    .isInstanceOf(ModelException.class);
            assertThatThrownBy(() -> sampler.next(new float[] {Float.NEGATIVE_INFINITY}))
                    .isInstanceOf(ModelException.class);
            assertThat(sampler.next(new float[] {Float.NEGATIVE_INFINITY, 2})).isEqualTo(1);
        }
    }

    @Test
    void temperatureDividesTheLogits() {
        double[] squared = new double[PROBABILITIES.length];
        for (int i = 0; i < squared.length; i++) {
            squared[i] = PROBABILITIES[i] * PROBABILITIES[i];
        }

        requireFrequencies(new Sampling(0.5, null, null, 4L), squared);
    }

    @Test
    void topKLeavesTheMostLikely() {
        requireFrequencies(new Sampling(1.0, 2, null, 5L), 0, 0.4, 0, 0.25, 0, 0);
    }

    @Test
    void topPKeepsTheTokenThatReachesIt() {
        requireFrequencies(new Sampling(1.0, null, 0.66, 6L), 0, 0.4, 0, 0.25, 0.2, 0);
    }

    @Test
    void topPIsOfWhatTopKHasLeft() {
        // The first two of 0.4, 0.25 and 0.2 sum to 0.76 of their total.
        requireFrequencies(new Sampling(1.0, 3, 0.7, 7L), 0, 0.4, 0, 0.25, 0, 0);
    }

    @Test
    void temperatureZeroTakesTheFirstOfTheLargest() {
        Sampler sampler = new Sampler(new Sampling(0.0, null, null, 1L));

        assertThat(sampler.next(new float[] {-1, 3, 2, 3})).isEqualTo(1);
    }

    @Test
    void theSameSeedDrawsTheSame() {
        Sampling sampling = new Sampling(1.0, null, 0.9, 11L);
        Sampler one = new Sampler(sampling);
        Sampler again = new Sampler(sampling);

        for (int i = 0; i < 200; i++) {
            assertThat(one.next(logits())).isEqualTo(again.next(logits()));
        }
    }

    @Test
    void impossibleSettingsAreRefused() {
        assertThatThrownBy(() -> new Sampling(-1.0, null, null, null))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("temperature -1.0");
        assertThatThrownBy(() -> new Sampling(null, 0, null, null))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("top-k 0");
        assertThatThrownBy(() -> new Sampling(null, null, 1.5, null))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("top-p 1.5");
    }

    // Pearson's chi-squared statistic; 30 is beyond the 0.9999 quantile of five degrees of freedom.
    private static void requireFrequencies(Sampling sampling, double... weights) {
        Sampler sampler = new Sampler(sampling);
        int[] counts = new int[weights.length];
        for (int i = 0; i < DRAWS; i++) {
            counts[sampler.next(logits())]++;
        }

        double total = 0;
        for (double weight : weights) {
            total += weight;
        }
        double chiSquared = 0;
        for (int i = 0; i < weights.length; i++) {
            double expected = DRAWS * weights[i] / total;
            if (expected == 0) {
                assertThat(counts[i]).isZero();
            } else {
                chiSquared += (counts[i] - expected) * (counts[i] - expected) / expected;
            }
        }
        assertThat(chiSquared).isLessThan(30);
    }

    private static float[] logits() {
        float[] logits = new float[PROBABILITIES.length];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = (float) Math.log(PROBABILITIES[i]) + 5;
        }
        return logits;
    }
}
