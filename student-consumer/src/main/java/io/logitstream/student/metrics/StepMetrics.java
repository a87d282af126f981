package io.logitstream.student.metrics;

import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * Metrics of one optimizer step.
 *
 * @param step number of the step, from 1
 * @param tokens predicted tokens trained on up to and including the step
 * @param epoch completed passes over the topic
 * @param loss {@code (1 - alpha) * lm + alpha * kd}, mean over the step's predicted tokens; with {@code loss.routing}
 *     alpha is 0 at tokens where the distillation loss does not apply
 * @param lm negative log-likelihood of the text in nats, mean over the step's predicted tokens
 * @param kd distillation loss of the configured kind, mean over the step's predicted tokens where it applies; 0 without
 *     a teacher
 * @param alpha weight of the distillation loss
 * @param routed share of the step's predicted tokens where the distillation loss applies; null without {@code
 *     loss.routing}
 * @param learningRate learning rate of the step
 * @param gradientNorm global norm of the gradient before clipping
 * @param skipped whether the step was an outlier and changed no weight
 * @param heldOut metrics on held-out text after the step; null where the model was not evaluated
 */
public record StepMetrics(
        long step,
        long tokens,
        int epoch,
        double loss,
        double lm,
        double kd,
        double alpha,
        @JsonInclude(JsonInclude.Include.NON_NULL) Double routed,
        double learningRate,
        double gradientNorm,
        boolean skipped,
        @JsonInclude(JsonInclude.Include.NON_NULL) HeldOutMetrics heldOut) {

    /** Metrics of a step without {@code loss.routing} after which the model was not evaluated. */
    public StepMetrics(
            long step,
            long tokens,
            int epoch,
            double loss,
            double lm,
            double kd,
            double alpha,
            double learningRate,
            double gradientNorm,
            boolean skipped) {
        this(step, tokens, epoch, loss, lm, kd, alpha, null, learningRate, gradientNorm, skipped, null);
    }

    /** The same with the metrics of an evaluation after the step. */
    public StepMetrics withHeldOut(HeldOutMetrics evaluated) {
        return new StepMetrics(
                step, tokens, epoch, loss, lm, kd, alpha, routed, learningRate, gradientNorm, skipped, evaluated);
    }
}
