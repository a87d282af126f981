package io.logitstream.exploration.results;

import java.util.List;

/**
 * A number over seeds.
 *
 * @param mean mean
 * @param deviation standard deviation of the sample; null with one seed
 * @param least smallest
 * @param most largest
 * @param count seeds
 */
public record SampleStatistics(double mean, Double deviation, double least, double most, int count) {
    /** The spread of one value or more. */
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
