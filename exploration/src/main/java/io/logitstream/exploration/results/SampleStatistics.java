package io.logitstream.exploration.results;

import java.util.List;

/**
 * Statistics of a metric over seeds.
 *
 * @param mean mean
 * @param deviation sample standard deviation; null with one seed
 * @param least minimum
 * @param most maximum
 * @param count number of seeds
 */
public record SampleStatistics(double mean, Double deviation, double least, double most, int count) {
    /** Statistics of at least one value. */
    public static SampleStatistics of(List<Double> values) {
        double mean = values.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
        double squares = values.stream()
                .mapToDouble(value -> (value - mean) * (value - mean))
                .sum();
        return new SampleStatistics(
                mean,
                values.size() < 2 ? null : Double.valueOf(Math.sqrt(squares / (values.size() - 1))),
                values.stream().mapToDouble(Double::doubleValue).min().orElseThrow(),
                values.stream().mapToDouble(Double::doubleValue).max().orElseThrow(),
                values.size());
    }
}
