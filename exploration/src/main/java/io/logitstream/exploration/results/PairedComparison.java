package io.logitstream.exploration.results;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.hipparchus.distribution.continuous.TDistribution;

/**
 * Comparison of a variant with its baseline, paired by seed: two-sided Student's t-test of the mean difference.
 *
 * @param difference mean of variant minus baseline
 * @param deviation sample standard deviation of the difference over seeds; null with fewer than two common seeds
 * @param low lower end of the 95 % confidence interval of the mean; null likewise
 * @param high upper end; null likewise
 * @param bootstrapLow lower end of the 95 % {@linkplain BootstrapInterval bootstrap interval}; null likewise
 * @param bootstrapHigh upper end; null likewise
 * @param p probability of a mean difference at least as large if there is none; null likewise
 * @param adjustedP {@code p} after Holm's correction over all compared variants (Holm 1979); null likewise
 * @param seeds number of common seeds
 * @param seedsNeeded {@linkplain SeedPower number of seeds} that finds a difference of this size; null if the comparison
 *     is decided (adjusted p below 0.05), and where {@code deviation} is null
 */
public record PairedComparison(
        double difference,
        Double deviation,
        Double low,
        Double high,
        Double bootstrapLow,
        Double bootstrapHigh,
        Double p,
        Double adjustedP,
        int seeds,
        Integer seedsNeeded) {
    private static final double CONFIDENCE = 0.95;

    /**
     * Compares a variant with its baseline.
     *
     * @param variant values by seed
     * @param baseline values by seed
     * @return null if there is no common seed
     */
    public static PairedComparison of(Map<Long, Double> variant, Map<Long, Double> baseline) {
        List<Double> differences = new ArrayList<>();
        variant.forEach((seed, value) -> {
            if (baseline.containsKey(seed)) {
                differences.add(value - baseline.get(seed));
            }
        });
        if (differences.isEmpty()) {
            return null;
        }
        SampleStatistics spread = SampleStatistics.of(differences);
        if (spread.count() < 2) {
            return new PairedComparison(spread.mean(), null, null, null, null, null, null, null, spread.count(), null);
        }
        TDistribution student = new TDistribution(spread.count() - 1.0);
        double error = spread.deviation() / Math.sqrt(spread.count());
        double half = error * student.inverseCumulativeProbability(1 - (1 - CONFIDENCE) / 2);
        BootstrapInterval bootstrap = BootstrapInterval.of(differences);
        // If all seeds differ by the same amount, p is 0; if none differs, it is 1.
        double p = error > 0
                ? 2 * student.cumulativeProbability(-Math.abs(spread.mean()) / error)
                : spread.mean() == 0 ? 1 : 0;
        return new PairedComparison(
                spread.mean(),
                spread.deviation(),
                spread.mean() - half,
                spread.mean() + half,
                bootstrap.low(),
                bootstrap.high(),
                p,
                null,
                spread.count(),
                null);
    }

    /**
     * Applies Holm's correction to all comparisons of a table.
     *
     * @param comparisons comparisons by variant; those without a p are left unchanged
     */
    public static void adjust(Map<String, PairedComparison> comparisons) {
        List<Map.Entry<String, PairedComparison>> ranked = comparisons.entrySet().stream()
                .filter(entry -> entry.getValue() != null && entry.getValue().p != null)
                .sorted(Comparator.comparingDouble(entry -> entry.getValue().p))
                .toList();
        double largest = 0;
        for (int i = 0; i < ranked.size(); i++) {
            PairedComparison value = ranked.get(i).getValue();
            largest = Math.max(largest, Math.min(1, (ranked.size() - i) * value.p));
            ranked.get(i).setValue(value.adjusted(largest, ranked.size()));
        }
    }

    /** Whether the difference is significant at the level 0.05 after Holm's correction. */
    public boolean decided() {
        return adjustedP != null && adjustedP < SeedPower.LEVEL;
    }

    private PairedComparison adjusted(double adjusted, int comparisons) {
        boolean undecided = adjusted >= SeedPower.LEVEL;
        return new PairedComparison(
                difference,
                deviation,
                low,
                high,
                bootstrapLow,
                bootstrapHigh,
                p,
                adjusted,
                seeds,
                undecided ? Integer.valueOf(SeedPower.seeds(difference, deviation, comparisons)) : null);
    }
}
