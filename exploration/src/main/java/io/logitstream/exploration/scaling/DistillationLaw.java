package io.logitstream.exploration.scaling;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The distillation scaling law (Busbridge et al. 2025, equation 8): {@code L_S = L_T + L_T^-c0 (1 + (L_T / (L~_S
 * d1))^(1/f1))^(-c1 f1) (A'/N^alpha' + B'/D^beta')^gamma'}, where L_T is the loss of the teacher and L~_S the loss of
 * the student trained alone. With fewer than three teachers, the factors in L_T cannot be distinguished from A' and B';
 * c0 and c1 are 0 then.
 */
final class DistillationLaw implements ScalingLaw {
    static final int TEACHERS = 3;
    private static final double[] EXPONENTS = {0.15, 0.4, 1};
    private static final double[] GAMMAS = {0.5, 1};
    private static final int PLAIN = 5;

    private final double logParameters;
    private final double logTokens;
    private final double meanGap;
    private final boolean severalTeachers;

    DistillationLaw(List<ScalingObservation> runs) {
        logParameters = runs.stream()
                .mapToDouble(run -> Math.log(run.parameters()))
                .average()
                .orElseThrow();
        logTokens = runs.stream()
                .mapToDouble(run -> Math.log(run.tokens()))
                .average()
                .orElseThrow();
        meanGap = Math.max(
                1e-3,
                runs.stream()
                        .mapToDouble(run -> run.loss() - run.teacherLoss())
                        .average()
                        .orElseThrow());
        severalTeachers = runs.stream()
                        .mapToDouble(ScalingObservation::teacherLoss)
                        .distinct()
                        .count()
                >= TEACHERS;
    }

    @Override
    public String name() {
        return severalTeachers
                ? "L_T + L_T^-c0 (1 + (L_T / (L~_S d1))^(1/f1))^(-c1 f1) (A'/N^alpha' + B'/D^beta')^gamma'"
                : "L_T + (A'/N^alpha' + B'/D^beta')^gamma'";
    }

    @Override
    public double logLoss(double[] free, ScalingObservation run) {
        double terms = Math.exp(free[0] - Math.exp(free[2]) * (Math.log(run.parameters()) - logParameters))
                + Math.exp(free[1] - Math.exp(free[3]) * (Math.log(run.tokens()) - logTokens));
        double logGap = Math.exp(free[4]) * Math.log(terms);
        if (severalTeachers) {
            double f1 = Math.exp(free[8]);
            double ratio = Math.log(run.teacherLoss() / run.aloneLoss()) - free[7];
            logGap += -free[5] * Math.log(run.teacherLoss()) - Math.exp(free[6]) * f1 * softplus(ratio / f1);
        }
        return Math.log(run.teacherLoss() + Math.exp(logGap));
    }

    private static double softplus(double x) {
        return x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x));
    }

    @Override
    public List<double[]> starts(List<ScalingObservation> runs) {
        List<double[]> starts = new ArrayList<>();
        for (double gamma : GAMMAS) {
            double term = Math.log(meanGap) / gamma - Math.log(2);
            for (double exponent : EXPONENTS) {
                double alpha = Math.log(exponent);
                double[] start = {term, term, alpha, alpha, Math.log(gamma), 0, Math.log(0.5), 0, Math.log(0.3)};
                starts.add(severalTeachers ? start : Arrays.copyOf(start, PLAIN));
            }
        }
        return starts;
    }

    @Override
    public double[][] limits() {
        double[] term = {-30, 30};
        double[] exponent = {Math.log(0.02), Math.log(4)};
        double[][] limits = {
            term,
            term,
            exponent,
            exponent,
            {Math.log(0.1), Math.log(4)},
            {-10, 10},
            {Math.log(1e-3), Math.log(20)},
            {-2, 2},
            {Math.log(0.01), Math.log(10)}
        };
        return severalTeachers ? limits : Arrays.copyOf(limits, PLAIN);
    }

    @Override
    public Map<String, Double> constants(double[] free) {
        Map<String, Double> constants = new LinkedHashMap<>();
        double alpha = Math.exp(free[2]);
        double beta = Math.exp(free[3]);
        constants.put("A'", Math.exp(free[0] + alpha * logParameters));
        constants.put("alpha'", alpha);
        constants.put("B'", Math.exp(free[1] + beta * logTokens));
        constants.put("beta'", beta);
        constants.put("gamma'", Math.exp(free[4]));
        if (severalTeachers) {
            constants.put("c0", free[5]);
            constants.put("c1", Math.exp(free[6]));
            constants.put("d1", Math.exp(free[7]));
            constants.put("f1", Math.exp(free[8]));
        }
        return constants;
    }
}
