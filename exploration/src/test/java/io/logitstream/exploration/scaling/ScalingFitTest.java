package io.logitstream.exploration.scaling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ScalingFitTest {
    private static final double E = 1.7;
    private static final double A = 406;
    private static final double ALPHA = 0.34;
    private static final double B = 411;
    private static final double BETA = 0.28;
    private static final double[] SIZES = {2e5, 7e5, 2e6, 9e6, 4e7};
    private static final double[] BUDGETS = {1e6, 5e6, 3e7, 5e8};
    /** Losses of runs so short that they fall by as much with each doubling of the tokens, and hardly with the size. */
    private static final double[] SHORT_SIZES = {247_536, 400_832, 1_078_144, 2_410_176};

    private static final double[] SHORT_BUDGETS = {50_000, 100_000, 200_000, 400_000};
    private static final double[][] SHORT_LOSSES = {
        {6.9066, 6.2825, 5.5720, 5.0402},
        {6.8144, 6.3314, 5.4189, 4.9349},
        {6.5827, 6.1737, 5.2854, 4.8253},
        {6.6741, 6.3653, 5.3837, 4.8178}
    };

    @Test
    void withoutNoiseTheConstantsAreFound() {
        Map<String, ConfidenceInterval> constants =
                ScalingFit.supervised(runs(0, 1), 20).constants();

        assertThat(constants.get("E").value()).isCloseTo(E, within(1e-4));
        assertThat(constants.get("A").value()).isCloseTo(A, within(0.1));
        assertThat(constants.get("alpha").value()).isCloseTo(ALPHA, within(1e-4));
        assertThat(constants.get("B").value()).isCloseTo(B, within(0.1));
        assertThat(constants.get("beta").value()).isCloseTo(BETA, within(1e-4));
    }

    @Test
    void knownConstantsLieWithinTheBandsAsOftenAsTheBandsSay() {
        Map<String, Integer> hits = new LinkedHashMap<>();
        int trials = 20;
        for (int trial = 0; trial < trials; trial++) {
            ScalingFit fit = ScalingFit.supervised(runs(0.005, trial), 60);
            Map<String, ConfidenceInterval> bands = fit.constants();
            Map.of("E", E, "A", A, "alpha", ALPHA, "B", B, "beta", BETA)
                    .forEach((name, value) -> hits.merge(name, bands.get(name).contains(value) ? 1 : 0, Integer::sum));
            hits.merge(
                    "inside",
                    fit.predict(ScalingObservation.alone(2e6, 3e7, 0)).contains(loss(2e6, 3e7)) ? 1 : 0,
                    Integer::sum);
            hits.merge(
                    "beyond",
                    fit.predict(ScalingObservation.alone(2e8, 2e9, 0)).contains(loss(2e8, 2e9)) ? 1 : 0,
                    Integer::sum);
        }

        // 95 % of 20 is 19; fewer than 16 would come about once in 400 times.
        assertThat(hits)
                .hasSize(7)
                .allSatisfy((name, count) -> assertThat(count).as(name).isBetween(16, trials));
    }

    @Test
    void aRunThatWentWrongHardlyMovesTheFit() {
        List<ScalingObservation> runs = runs(0.002, 3);
        double before = ScalingFit.supervised(runs, 1)
                .predict(ScalingObservation.alone(2e6, 3e7, 0))
                .value();
        ScalingObservation spoiled = runs.get(7);
        runs.set(7, ScalingObservation.alone(spoiled.parameters(), spoiled.tokens(), spoiled.loss() * 1.5));

        double after = ScalingFit.supervised(runs, 1)
                .predict(ScalingObservation.alone(2e6, 3e7, 0))
                .value();

        assertThat(after).isCloseTo(before, within(0.01));
    }

    @Test
    void theDistillationLawIsFoundWithOneTeacher() {
        List<ScalingObservation> runs = distilled(new double[] {1.9}, 0.003, 0);

        ScalingFit fit = ScalingFit.distillation(runs, 80);

        assertThat(fit.law()).startsWith("L_T + (A'");
        ScalingObservation asked = new ScalingObservation(2e6, 3e7, 1.9, loss(2e6, 3e7), 0);
        assertThat(fit.predict(asked).contains(1.9 + gap(asked, false))).isTrue();
        assertThat(fit.predict(asked).high() - fit.predict(asked).low()).isLessThan(0.05);
    }

    @Test
    void theWholeDistillationLawPredictsStudentsOfSeveralTeachers() {
        List<ScalingObservation> runs = distilled(new double[] {1.9, 2.2, 2.6, 3.0}, 0.002, 1);

        ScalingFit fit = ScalingFit.distillation(runs, 4);

        assertThat(fit.law()).contains("c0", "f1");
        assertThat(fit.deviation()).isLessThan(0.004);
        for (double teacher : new double[] {2.0, 2.4, 2.8}) {
            ScalingObservation asked = new ScalingObservation(2e6, 3e7, teacher, loss(2e6, 3e7), 0);
            assertThat(fit.predict(asked).value()).isCloseTo(teacher + gap(asked, true), within(0.03));
        }
    }

    @Test
    void theAdviceFollowsFromTheTwoLaws() {
        ScalingFit alone = ScalingFit.supervised(runs(0.003, 5), 80);
        ScalingFit distilled = ScalingFit.distillation(distilled(new double[] {1.9}, 0.003, 6), 80);

        DistillationAdvice small = DistillationAdvice.of(alone, distilled, 1.9, 4e7, 4e6);
        DistillationAdvice distant = DistillationAdvice.of(alone, distilled, 1.9, 4e7, 5e10);

        assertThat(small.difference().value())
                .isCloseTo(small.distilled().value() - small.alone().value(), within(1e-12));
        assertThat(alone.predict(ScalingObservation.alone(4e7, small.tokensAlone(), 0))
                        .value())
                .isCloseTo(small.distilled().value(), within(1e-6));
        assertThat(small.answer()).startsWith("worth it: lower by ").contains("times the tokens of text alone");
        assertThat(distant.extrapolated()).isCloseTo(100, within(1e-9));
        assertThat(distant.answer()).contains("100 times outside the range of the runs");
    }

    @Test
    void runsThatDoNotDetermineTheConstantsSaySoAndStillPredictWhatLiesBetweenThem() {
        List<ScalingObservation> runs = new ArrayList<>();
        for (int i = 0; i < SHORT_SIZES.length; i++) {
            for (int j = 0; j < SHORT_BUDGETS.length; j++) {
                runs.add(ScalingObservation.alone(SHORT_SIZES[i], SHORT_BUDGETS[j], SHORT_LOSSES[i][j]));
            }
        }

        ScalingFit fit = ScalingFit.supervised(runs);

        assertThat(fit.determined()).isFalse();
        assertThat(ScalingFit.supervised(runs(0.002, 1), 60).determined()).isTrue();
        ConfidenceInterval between = fit.predict(ScalingObservation.alone(6e5, 1.5e5, 0));
        assertThat(between.value()).isBetween(5.4, 6.1);
        assertThat(between.high() - between.low()).isLessThan(0.4);
    }

    @Test
    void tooFewRunsAreRefused() {
        assertThatThrownBy(() -> ScalingFit.supervised(runs(0.01, 1).subList(0, 4)))
                .isInstanceOf(ScalingException.class)
                .hasMessageContaining("at least 7")
                .hasMessageContaining("1 sizes");
    }

    private static double loss(double parameters, double tokens) {
        return E + A / Math.pow(parameters, ALPHA) + B / Math.pow(tokens, BETA);
    }

    private static List<ScalingObservation> runs(double noise, long seed) {
        Random random = new Random(seed);
        List<ScalingObservation> runs = new ArrayList<>();
        for (double size : SIZES) {
            for (double budget : BUDGETS) {
                runs.add(ScalingObservation.alone(
                        size, budget, loss(size, budget) * Math.exp(noise * random.nextGaussian())));
            }
        }
        return runs;
    }

    private static double gap(ScalingObservation run, boolean teachers) {
        double terms = Math.pow(150 / Math.pow(run.parameters(), 0.35) + 200 / Math.pow(run.tokens(), 0.32), 0.9);
        return !teachers
                ? terms
                : Math.pow(run.teacherLoss(), -0.5)
                        * Math.pow(1 + Math.pow(run.teacherLoss() / (run.aloneLoss() * 1.2), 1 / 0.2), -0.7 * 0.2)
                        * terms;
    }

    private static List<ScalingObservation> distilled(double[] teachers, double noise, long seed) {
        Random random = new Random(seed);
        List<ScalingObservation> runs = new ArrayList<>();
        for (double teacher : teachers) {
            for (double size : SIZES) {
                for (double budget : BUDGETS) {
                    ScalingObservation run = new ScalingObservation(size, budget, teacher, loss(size, budget), 0);
                    runs.add(new ScalingObservation(
                            size,
                            budget,
                            teacher,
                            run.aloneLoss(),
                            (teacher + gap(run, teachers.length > 1)) * Math.exp(noise * random.nextGaussian())));
                }
            }
        }
        return runs;
    }
}
