package io.logitstream.exploration.scaling;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * A law fitted to runs. Its intervals come from a bootstrap of the residuals: new losses are drawn as fitted value
 * times the residual of a random run, stretched for the fit's degrees of freedom, and fitted again. Sizes and budgets
 * stay fixed, as they were chosen and not drawn.
 */
public final class ScalingFit {
    /** Number of bootstrap fits. */
    public static final int RESAMPLES = 300;

    private static final int SPARE = 2;
    /**
     * At most one in this many bootstrap fits may fail; a failed fit is drawn again, and the intervals leave it out.
     */
    private static final int MOST_FAILED = 5;
    /** Fraction of the width between limits. */
    private static final double EDGE = 1e-6;

    private final ScalingLaw law;
    private final List<ScalingObservation> runs;
    private final double[] free;
    private final List<double[]> resampled = new ArrayList<>();
    private final double deviation;

    private ScalingFit(ScalingLaw law, List<ScalingObservation> runs, int resamples, long seed) {
        this.law = law;
        this.runs = runs;
        RobustFit fit = new RobustFit(law, runs);
        this.free = fit.fit();
        double[] logs = runs.stream().mapToDouble(run -> Math.log(run.loss())).toArray();
        double[] residuals = fit.residuals(logs, free);
        double stretch = Math.sqrt((double) runs.size() / (runs.size() - free.length));
        double mean = Arrays.stream(residuals).average().orElseThrow();
        double squares =
                Arrays.stream(residuals).map(residual -> residual * residual).sum();
        this.deviation = Math.sqrt(squares / (runs.size() - free.length));
        SplittableRandom random = new SplittableRandom(seed);
        int failed = 0;
        while (resampled.size() < resamples) {
            double[] drawn = new double[logs.length];
            for (int i = 0; i < drawn.length; i++) {
                drawn[i] =
                        law.logLoss(free, runs.get(i)) + stretch * (residuals[random.nextInt(residuals.length)] - mean);
            }
            double[] result = fit.fit(drawn, free);
            if (result != null) {
                resampled.add(result);
            } else if (++failed > resamples / MOST_FAILED) {
                throw new ScalingException("more than one in " + MOST_FAILED + " of the resampled fits of " + law.name()
                        + " fail: the runs do not determine it; add seeds, sizes or token budgets");
            }
        }
    }

    /** Fits {@code E + A / N^alpha + B / D^beta} to runs on the text alone. */
    public static ScalingFit supervised(List<ScalingObservation> runs) {
        return supervised(runs, RESAMPLES);
    }

    static ScalingFit supervised(List<ScalingObservation> runs, int resamples) {
        require(runs, 5, "text alone");
        return new ScalingFit(new SupervisedLaw(runs), runs, resamples, 1);
    }

    /**
     * Fits the distillation law to distilled runs. Each has the loss of its teacher and of the student trained alone.
     */
    public static ScalingFit distillation(List<ScalingObservation> runs) {
        return distillation(runs, RESAMPLES);
    }

    static ScalingFit distillation(List<ScalingObservation> runs, int resamples) {
        boolean several = runs.stream()
                        .mapToDouble(ScalingObservation::teacherLoss)
                        .distinct()
                        .count()
                >= DistillationLaw.TEACHERS;
        require(runs, several ? 9 : 5, "distilled");
        return new ScalingFit(new DistillationLaw(runs), runs, resamples, 1);
    }

    private static void require(List<ScalingObservation> runs, int constants, String which) {
        long sizes = runs.stream()
                .mapToDouble(ScalingObservation::parameters)
                .distinct()
                .count();
        long budgets =
                runs.stream().mapToDouble(ScalingObservation::tokens).distinct().count();
        if (runs.size() < constants + SPARE || sizes < 3 || budgets < 3) {
            throw new ScalingException(
                    "a scaling law with " + constants + " constants needs at least " + (constants + SPARE)
                            + " finished runs with three sizes and three token budgets; of runs of one kind (" + which
                            + ") there are "
                            + runs.size() + " with " + sizes + " sizes and " + budgets + " budgets");
        }
    }

    /** Formula of the law. */
    public String law() {
        return law.name();
    }

    /** Runs that the law was fitted to. */
    public List<ScalingObservation> runs() {
        return runs;
    }

    /** Standard deviation of the residuals of log losses, about the relative noise of the runs. */
    public double deviation() {
        return deviation;
    }

    /** Constants of the law with their intervals. */
    public Map<String, ConfidenceInterval> constants() {
        Map<String, ConfidenceInterval> constants = new LinkedHashMap<>();
        law.constants(free)
                .forEach((name, value) -> constants.put(
                        name,
                        ConfidenceInterval.of(
                                value,
                                resampled.stream()
                                        .mapToDouble(
                                                other -> law.constants(other).get(name))
                                        .toArray())));
        return constants;
    }

    /**
     * Whether the runs determine the constants, that is, no interval reaches a limit of the search. Otherwise different
     * constants fit the runs equally well, and the law is valid for students between the runs only.
     */
    public boolean determined() {
        double[][] limits = law.limits();
        for (int i = 0; i < free.length; i++) {
            int parameter = i;
            ConfidenceInterval interval = ConfidenceInterval.of(
                    free[i],
                    resampled.stream().mapToDouble(other -> other[parameter]).toArray());
            double edge = EDGE * (limits[i][1] - limits[i][0]);
            if (interval.low() <= limits[i][0] + edge || interval.high() >= limits[i][1] - edge) {
                return false;
            }
        }
        return true;
    }

    /** Predicted loss of a student in nats: the fitted curve, without the noise of a single run. */
    public ConfidenceInterval predict(ScalingObservation student) {
        return ConfidenceInterval.of(value(student), draws(student));
    }

    double value(ScalingObservation student) {
        return Math.exp(law.logLoss(free, student));
    }

    /** The loss by each bootstrap fit. */
    double[] draws(ScalingObservation student) {
        return resampled.stream()
                .mapToDouble(other -> Math.exp(law.logLoss(other, student)))
                .toArray();
    }
}
