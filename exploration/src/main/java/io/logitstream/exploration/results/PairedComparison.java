package io.logitstream.exploration.results;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.hipparchus.distribution.continuous.TDistribution;

/**
 * A variant against the baseline, paired by seed: Student's t-test of the mean of the differences, two-sided.
 *
 * @param difference mean of variant minus baseline
 * @param low lower end of the 95 % confidence interval of the mean; null with less than two common seeds
 * @param high upper end
 * @param p probability of a mean difference at least as large where there is none; null with less than two seeds
 * @param adjustedP {@code p} after Holm's correction for all variants that were compared (Holm 1979); null likewise
 * @param seeds common seeds
 */
public record PairedComparison(double difference, Double low, Double high, Double p, Double adjustedP, int seeds) {
    private static final double CONFIDENCE = 0.95;

    /**
     * Compares.
     *
     * @param variant values by seed
     * @param baseline values by seed
     * @return null where there is no common seed
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
            return new PairedComparison(spread.mean(), null, null, null, null, spread.count());
        }
        TDistribution student = new TDistribution(spread.count() - 1.0);
        double error = spread.deviation() / Math.sqrt(spread.count());
        double half = error * student.inverseCumulativeProbability(1 - (1 - CONFIDENCE) / 2);
        // Seeds that all differ by the same amount leave no doubt; no difference at all is none.
        double p = error > 0
                ? 2 * student.cumulativeProbability(-Math.abs(spread.mean()) / error)
                : spread.mean() == 0 ? 1 : 0;
        return new PairedComparison(spread.mean(), spread.mean() - half, spread.mean() + half, p, null, spread.count());
    }

    /**
     * Holm's correction over all comparisons of a table.
     *
     * @param comparisons comparisons by variant; those without a p stay as they are
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
            ranked.get(i)
                    .setValue(new PairedComparison(
                            value.difference, value.low, value.high, value.p, largest, value.seeds));
        }
    }
}
