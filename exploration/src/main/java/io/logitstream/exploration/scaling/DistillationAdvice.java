package io.logitstream.exploration.scaling;

/**
 * Advice on distilling a student, from the laws of runs with and without a teacher.
 *
 * @param parameters trainable parameters of the student
 * @param tokens token budget
 * @param alone its loss when trained on the text alone, in nats
 * @param distilled its loss when distilled, in nats
 * @param difference distilled minus alone
 * @param tokensAlone tokens of text alone that reach the loss of the distilled student; infinite if none do
 * @param extrapolated distance from the runs: the largest ratio to their range of sizes and budgets, 1 inside it
 */
public record DistillationAdvice(
        double parameters,
        double tokens,
        ConfidenceInterval alone,
        ConfidenceInterval distilled,
        ConfidenceInterval difference,
        double tokensAlone,
        double extrapolated) {
    private static final double FAR = 4;
    private static final double MOST = 1e6;
    private static final int HALVINGS = 100;

    /**
     * Computes the advice.
     *
     * @param alone law of runs on the text alone
     * @param distilled law of distilled runs
     * @param teacherLoss loss of the teacher in nats
     * @param parameters trainable parameters of the student
     * @param tokens token budget
     */
    public static DistillationAdvice of(
            ScalingFit alone, ScalingFit distilled, double teacherLoss, double parameters, double tokens) {
        ScalingObservation text = ScalingObservation.alone(parameters, tokens, 0);
        double loss = alone.value(text);
        ScalingObservation student = new ScalingObservation(parameters, tokens, teacherLoss, loss, 0);
        double[] without = alone.draws(text);
        double[] with = distilled.draws(student);
        double[] differences = new double[Math.min(without.length, with.length)];
        for (int i = 0; i < differences.length; i++) {
            differences[i] = with[i] - without[i];
        }
        double wanted = distilled.value(student);
        return new DistillationAdvice(
                parameters,
                tokens,
                alone.predict(text),
                distilled.predict(student),
                ConfidenceInterval.of(wanted - loss, differences),
                tokensFor(alone, parameters, tokens, wanted),
                Math.max(outside(alone, parameters, tokens), outside(distilled, parameters, tokens)));
    }

    private static double tokensFor(ScalingFit alone, double parameters, double tokens, double wanted) {
        double low = Math.log(tokens / MOST);
        double high = Math.log(tokens * MOST);
        if (alone.value(ScalingObservation.alone(parameters, Math.exp(high), 0)) > wanted) {
            return Double.POSITIVE_INFINITY;
        }
        for (int i = 0; i < HALVINGS; i++) {
            double middle = (low + high) / 2;
            if (alone.value(ScalingObservation.alone(parameters, Math.exp(middle), 0)) > wanted) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return Math.exp(high);
    }

    private static double outside(ScalingFit fit, double parameters, double tokens) {
        double largest = 1;
        for (int i = 0; i < 2; i++) {
            boolean size = i == 0;
            double asked = size ? parameters : tokens;
            double[] range = fit.runs().stream()
                    .mapToDouble(run -> size ? run.parameters() : run.tokens())
                    .sorted()
                    .toArray();
            largest = Math.max(largest, Math.max(asked / range[range.length - 1], range[0] / asked));
        }
        return largest;
    }

    /** The advice as one sentence. */
    public String answer() {
        String far = extrapolated > FAR
                ? String.format(
                        "; the student is %.0f times outside the range of the runs, where the laws are unreliable",
                        extrapolated)
                : "";
        String by = String.format(
                "%.3f nats (%.3f to %.3f)",
                Math.abs(difference.value()),
                Math.min(Math.abs(difference.low()), Math.abs(difference.high())),
                Math.max(Math.abs(difference.low()), Math.abs(difference.high())));
        if (difference.high() < 0) {
            String instead = Double.isInfinite(tokensAlone)
                    ? "no amount of text alone reaches it"
                    : String.format("as good as %.2f times the tokens of text alone", tokensAlone / tokens);
            return "worth it: lower by " + by + ", " + instead + far;
        } else if (difference.low() > 0) {
            return "not worth it: the distilled student is worse by " + by + far;
        }
        return String.format(
                "not decided by these runs: a difference of %+.3f nats, from %+.3f to %+.3f%s",
                difference.value(), difference.low(), difference.high(), far);
    }
}
