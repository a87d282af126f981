package io.logitstream.exploration.scaling;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The scaling law of training on text alone, {@code L(N, D) = E + A / N^alpha + B / D^beta} (Hoffmann et al. 2022,
 * equation 2). The free parameters are the logarithms of E, of the other two terms at the runs' geometric mean, and of
 * the exponents. A and B themselves lie far from the runs and would be correlated with their exponents.
 */
final class SupervisedLaw implements ScalingLaw {
    private static final double[] EXPONENTS = {0.15, 0.4, 1};
    private static final double[] FLOORS = {0.2, 0.6, 0.9};
    private static final double LEAST = Math.log(1e-6);

    private final double logParameters;
    private final double logTokens;
    private final double leastLoss;
    private final double meanLoss;

    SupervisedLaw(List<ScalingObservation> runs) {
        logParameters = runs.stream()
                .mapToDouble(run -> Math.log(run.parameters()))
                .average()
                .orElseThrow();
        logTokens = runs.stream()
                .mapToDouble(run -> Math.log(run.tokens()))
                .average()
                .orElseThrow();
        leastLoss = runs.stream().mapToDouble(ScalingObservation::loss).min().orElseThrow();
        meanLoss = runs.stream().mapToDouble(ScalingObservation::loss).average().orElseThrow();
    }

    @Override
    public String name() {
        return "E + A / N^alpha + B / D^beta";
    }

    @Override
    public double logLoss(double[] free, ScalingObservation run) {
        return Math.log(Math.exp(free[0])
                + Math.exp(free[1] - Math.exp(free[3]) * (Math.log(run.parameters()) - logParameters))
                + Math.exp(free[2] - Math.exp(free[4]) * (Math.log(run.tokens()) - logTokens)));
    }

    @Override
    public List<double[]> starts(List<ScalingObservation> runs) {
        List<double[]> starts = new ArrayList<>();
        for (double floor : FLOORS) {
            double term = Math.log((meanLoss - floor * leastLoss) / 2);
            for (double alpha : EXPONENTS) {
                for (double beta : EXPONENTS) {
                    starts.add(new double[] {Math.log(floor * leastLoss), term, term, Math.log(alpha), Math.log(beta)});
                }
            }
        }
        return starts;
    }

    @Override
    public double[][] limits() {
        double most = Math.log(2 * meanLoss);
        return new double[][] {
            {LEAST, Math.log(leastLoss)},
            {LEAST, most},
            {LEAST, most},
            {Math.log(0.02), Math.log(4)},
            {Math.log(0.02), Math.log(4)}
        };
    }

    @Override
    public Map<String, Double> constants(double[] free) {
        Map<String, Double> constants = new LinkedHashMap<>();
        double alpha = Math.exp(free[3]);
        double beta = Math.exp(free[4]);
        constants.put("E", Math.exp(free[0]));
        constants.put("A", Math.exp(free[1] + alpha * logParameters));
        constants.put("alpha", alpha);
        constants.put("B", Math.exp(free[2] + beta * logTokens));
        constants.put("beta", beta);
        return constants;
    }
}
