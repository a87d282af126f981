package io.logitstream.exploration.scaling;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * A law fitted to runs. Its intervals are those of a bootstrap of the residuals: losses are drawn anew as fitted value
 * times a residual of any run, the residuals being stretched for the degrees of freedom that the fit has taken, and
 * fitted again. The runs' sizes and budgets stay as they are, since they were chosen and not drawn.
 */
public final class ScalingFit {
    /** Bootstrap fits. */
    public static final int RESAMPLES = 300;

    private static final int SPARE = 2;
    /** One in so many bootstrap fits may fail and is drawn again; the intervals are then those of the others. */
    private static final int MOST_FAILED = 5;
    /** Of the width between limits. */
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
    public static ScalingFit plain(List<ScalingObservation> runs) {
        return plain(runs, RESAMPLES);
    }

    static ScalingFit plain(List<ScalingObservation> runs, int resamples) {
        require(runs, 5, "text alone");
        return new ScalingFit(new SupervisedLaw(runs), runs, resamples, 1);
    }

    /** Fits the distillation law to distilled runs, each with the losses of its teacher and of a student alone. */
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

    /** The law's form. */
    public String law() {
        return law.name();
    }

    /** The runs that it was fitted to. */
    public List<ScalingObservation> runs() {
        return runs;
    }

    /** Standard deviation of the residuals of log losses: about the runs' relative noise. */
    public double deviation() {
        return deviation;
    }

    /** The law's constants with their intervals. */
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
     * Whether the runs determine the constants: none of their intervals reaches the limits of the search. Where they do
     * not, different constants say the same of these runs, and the law holds for students between them alone.
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

    /** Loss of a student, in nats: the fitted curve, not a single noisy run. */
    public ConfidenceInterval predict(ScalingObservation student) {
        return ConfidenceInterval.of(value(student), draws(student));
    }

    double value(ScalingObservation student) {
        return Math.exp(law.logLoss(free, student));
    }

    /** The loss by each resampled fit. */
    double[] draws(ScalingObservation student) {
        return resampled.stream()
                .mapToDouble(other -> Math.exp(law.logLoss(other, student)))
                .toArray();
    }
}
