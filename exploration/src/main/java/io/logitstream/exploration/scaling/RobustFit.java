package io.logitstream.exploration.scaling;

import java.util.Arrays;
import java.util.List;
import org.hipparchus.exception.MathRuntimeException;
import org.hipparchus.linear.Array2DRowRealMatrix;
import org.hipparchus.linear.ArrayRealVector;
import org.hipparchus.linear.DiagonalMatrix;
import org.hipparchus.linear.RealMatrix;
import org.hipparchus.linear.RealVector;
import org.hipparchus.optim.nonlinear.vector.leastsquares.LeastSquaresBuilder;
import org.hipparchus.optim.nonlinear.vector.leastsquares.LevenbergMarquardtOptimizer;
import org.hipparchus.util.Pair;

/**
 * Fits a law to the logarithms of losses with Huber's loss, as Hoffmann et al. (2022, equation 3) do, by
 * Levenberg-Marquardt with iteratively reweighted least squares. Residuals count in full up to 1.345 robust standard
 * deviations, and at least up to a thousandth, the limit of that paper.
 */
final class RobustFit {
    private static final int ROUNDS = 12;
    private static final int EVALUATIONS = 1000;
    private static final int SCALE_ROUNDS = 3;
    private static final double STILL = 1e-9;
    private static final double STEP = 1e-6;
    /**
     * Relative decrease of the cost below which the iteration ends: constants without influence could go on changing.
     */
    private static final double WON = 1e-7;

    private static final double LIMIT = 1e-3;
    private static final double HUBER = 1.345;
    private static final double DEVIATIONS_OF_MEDIAN = 1.4826;

    private final ScalingLaw law;
    private final List<ScalingObservation> runs;

    RobustFit(ScalingLaw law, List<ScalingObservation> runs) {
        this.law = law;
        this.runs = runs;
    }

    /** The best fit to the runs' own losses over several starting points. */
    double[] fit() {
        double[] logs = runs.stream().mapToDouble(run -> Math.log(run.loss())).toArray();
        double[] best = null;
        double least = Double.POSITIVE_INFINITY;
        // Most starting points lead to the same few minima: plain least squares finds the best, and only that is
        // refined.
        for (double[] start : law.starts(runs)) {
            double[] free = leastSquares(logs, ones(), start);
            double squares = free == null
                    ? Double.NaN
                    : Arrays.stream(residuals(logs, free)).map(r -> r * r).sum();
            if (squares < least) {
                best = free;
                least = squares;
            }
        }
        double[] refined = best == null ? null : fit(logs, best);
        if (refined == null) {
            throw new ScalingException("no starting point leads to a fit of " + law.name());
        }
        return refined;
    }

    /** Fits other losses from one starting point; null if the fit does not converge. */
    double[] fit(double[] logs, double[] start) {
        double[] weights = ones();
        double[] free = start;
        double limit = LIMIT;
        for (int round = 0; round < ROUNDS; round++) {
            double[] next = leastSquares(logs, weights, free);
            if (next == null) {
                return null;
            }
            boolean still = round > 0 && distance(next, free) < STILL;
            free = next;
            double[] residuals = residuals(logs, free);
            // A scale computed anew in every round could shrink around the runs that happen to fit best.
            limit = round < SCALE_ROUNDS ? limit(residuals, free.length) : limit;
            for (int i = 0; i < weights.length; i++) {
                weights[i] = Math.min(1, limit / Math.max(Double.MIN_NORMAL, Math.abs(residuals[i])));
            }
            if (still) {
                break;
            }
        }
        return free;
    }

    private double[] ones() {
        double[] ones = new double[runs.size()];
        Arrays.fill(ones, 1);
        return ones;
    }

    double[] residuals(double[] logs, double[] free) {
        double[] residuals = new double[logs.length];
        for (int i = 0; i < residuals.length; i++) {
            residuals[i] = logs[i] - law.logLoss(free, runs.get(i));
        }
        return residuals;
    }

    private double[] leastSquares(double[] logs, double[] weights, double[] start) {
        double[][] limits = law.limits();
        try {
            double[] free = new LevenbergMarquardtOptimizer()
                    .optimize(new LeastSquaresBuilder()
                            .start(within(start, limits))
                            .target(logs)
                            .weight(new DiagonalMatrix(weights))
                            .model(this::values)
                            .parameterValidator(point -> new ArrayRealVector(within(point.toArray(), limits)))
                            .checker((iteration, before, after) -> iteration > 1
                                    && Math.abs(before.getCost() - after.getCost()) <= WON * before.getCost())
                            .maxEvaluations(EVALUATIONS)
                            .maxIterations(EVALUATIONS)
                            .build())
                    .getPoint()
                    .toArray();
            return Arrays.stream(free).allMatch(Double::isFinite) ? within(free, limits) : null;
        } catch (MathRuntimeException e) {
            // No convergence from this starting point within the allowed evaluations.
            return null;
        }
    }

    private Pair<RealVector, RealMatrix> values(RealVector point) {
        double[] free = point.toArray();
        double[] values = new double[runs.size()];
        double[][] slopes = new double[runs.size()][free.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = law.logLoss(free, runs.get(i));
            for (int j = 0; j < free.length; j++) {
                double at = free[j];
                free[j] = at + STEP;
                double above = law.logLoss(free, runs.get(i));
                free[j] = at - STEP;
                slopes[i][j] = (above - law.logLoss(free, runs.get(i))) / (2 * STEP);
                free[j] = at;
            }
        }
        return new Pair<>(new ArrayRealVector(values), new Array2DRowRealMatrix(slopes));
    }

    private static double[] within(double[] free, double[][] limits) {
        double[] within = new double[free.length];
        for (int i = 0; i < free.length; i++) {
            within[i] = Math.min(limits[i][1], Math.max(limits[i][0], free[i]));
        }
        return within;
    }

    private static double limit(double[] residuals, int constants) {
        double[] sizes = Arrays.stream(residuals).map(Math::abs).sorted().toArray();
        double stretch = Math.sqrt((double) sizes.length / (sizes.length - constants));
        return Math.max(LIMIT, HUBER * DEVIATIONS_OF_MEDIAN * stretch * sizes[sizes.length / 2]);
    }

    private static double distance(double[] one, double[] other) {
        double sum = 0;
        for (int i = 0; i < one.length; i++) {
            sum += Math.abs(one[i] - other[i]);
        }
        return sum;
    }
}
