package io.logitstream.cli.scaling;

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
 * Fits a law to the logarithms of losses under Huber's loss, as Hoffmann et al. (2022, equation 3) do:
 * Levenberg-Marquardt with weights that are found anew until they stay (iteratively reweighted least squares).
 * Residuals count in full up to 1.345 robust standard deviations, but at least up to a thousandth, that paper's limit.
 */
final class RobustFit {
  private static final int ROUNDS = 12;
  private static final int EVALUATIONS = 200;
  private static final double STEP = 1e-6;
  private static final double LIMIT = 1e-3;
  private static final double HUBER = 1.345;
  private static final double DEVIATIONS_OF_MEDIAN = 1.4826;

  /**
   * A fit.
   *
   * @param free free parameters of the law
   * @param cost mean Huber loss of the residuals
   */
  record Result(double[] free, double cost) {}

  private final ScalingLaw law;
  private final List<Observation> runs;

  RobustFit(ScalingLaw law, List<Observation> runs) {
    this.law = law;
    this.runs = runs;
  }

  /** The best fit from several starts to the runs' own losses. */
  Result fit() {
    double[] logs = runs.stream().mapToDouble(run -> Math.log(run.loss())).toArray();
    Result best = null;
    // Most starts lead to the same few valleys: the best is found by plain least squares, and only it is refined.
    for (double[] start : law.starts(runs)) {
      Result result = fit(logs, start, 1);
      if (result != null && (best == null || result.cost < best.cost)) {
        best = result;
      }
    }
    Result refined = best == null ? null : fit(logs, best.free);
    if (refined == null) {
      throw new ScalingException("no start leads to a fit of " + law.name());
    }
    return refined;
  }

  /** A fit to other losses from one start; null where it leads nowhere. */
  Result fit(double[] logs, double[] start) {
    return fit(logs, start, ROUNDS);
  }

  private Result fit(double[] logs, double[] start, int rounds) {
    double[] weights = new double[logs.length];
    Arrays.fill(weights, 1);
    double[] free = start;
    double limit = LIMIT;
    try {
      for (int round = 0; round < rounds; round++) {
        double[] next = leastSquares(logs, weights, free);
        boolean still = round > 0 && distance(next, free) < 1e-9;
        free = next;
        double[] residuals = residuals(logs, free);
        limit = limit(residuals);
        for (int i = 0; i < weights.length; i++) {
          weights[i] = Math.min(1, limit / Math.max(1e-300, Math.abs(residuals[i])));
        }
        if (still) {
          break;
        }
      }
    } catch (MathRuntimeException e) {
      return null;
    }
    double cost = cost(residuals(logs, free), limit);
    return Double.isFinite(cost) ? new Result(free, cost) : null;
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
    return new LevenbergMarquardtOptimizer().optimize(new LeastSquaresBuilder()
        .start(within(start, limits)).target(logs).weight(new DiagonalMatrix(weights)).model(this::values)
        .parameterValidator(point -> new ArrayRealVector(within(point.toArray(), limits)))
        .maxEvaluations(EVALUATIONS).maxIterations(EVALUATIONS).build()).getPoint().toArray();
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

  private static double limit(double[] residuals) {
    double[] sizes = Arrays.stream(residuals).map(Math::abs).sorted().toArray();
    return Math.max(LIMIT, HUBER * DEVIATIONS_OF_MEDIAN * sizes[sizes.length / 2]);
  }

  private static double cost(double[] residuals, double limit) {
    return Arrays.stream(residuals).map(Math::abs)
        .map(size -> size <= limit ? size * size / 2 : limit * (size - limit / 2)).average().orElseThrow();
  }

  private static double distance(double[] one, double[] other) {
    double sum = 0;
    for (int i = 0; i < one.length; i++) {
      sum += Math.abs(one[i] - other[i]);
    }
    return sum;
  }
}
