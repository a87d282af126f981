package io.logitstream.student.training;

/**
 * Result of an optimizer step; losses are means over its predicted tokens.
 *
 * @param predicted predicted tokens of the step
 * @param routed number of them where the distillation loss applies: all without {@code loss.routing}
 * @param lm negative log-likelihood of the text, in nats
 * @param kd distillation loss before alpha, 0 at tokens where it does not apply
 * @param lmElsewhere the part of {@code lm} from these tokens
 * @param gradientNorm global norm of the gradient before clipping
 * @param skipped whether the step was an outlier and changed no weight
 */
public record StepResult(
        int predicted, int routed, double lm, double kd, double lmElsewhere, double gradientNorm, boolean skipped) {

    /** Share of the predicted tokens where the distillation loss applies. */
    double routedShare() {
        return (double) routed / predicted;
    }

    /** Distillation loss before alpha, mean over the tokens where it applies; 0 where there are none. */
    double kdOfRouted() {
        return routed == predicted ? kd : routed == 0 ? 0 : kd * predicted / routed;
    }
}
