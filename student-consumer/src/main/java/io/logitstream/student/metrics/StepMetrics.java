package io.logitstream.student.metrics;

import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * What one optimizer step did.
 *
 * @param step number of the step, from 1
 * @param tokens predicted tokens so far
 * @param epoch passes over the topic that were complete
 * @param loss {@code (1 - alpha) * lm + alpha * kd}, mean over the step's tokens
 * @param lm negative log-likelihood of the text, mean, in nats
 * @param kd distillation loss of the configured kind, mean; 0 without a teacher
 * @param alpha weight of the distillation loss
 * @param learningRate learning rate of the step
 * @param gradientNorm global norm before clipping
 * @param skipped whether the step was an outlier and has changed no weight
 * @param heldOut the model after the step on held-out text; null where it was not evaluated
 */
public record StepMetrics(
        long step,
        long tokens,
        int epoch,
        double loss,
        double lm,
        double kd,
        double alpha,
        double learningRate,
        double gradientNorm,
        boolean skipped,
        @JsonInclude(JsonInclude.Include.NON_NULL) HeldOutMetrics heldOut) {

    /** A step after which the model was not evaluated. */
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
        this(step, tokens, epoch, loss, lm, kd, alpha, learningRate, gradientNorm, skipped, null);
    }

    public StepMetrics withHeldOut(HeldOutMetrics evaluated) {
        return new StepMetrics(
                step, tokens, epoch, loss, lm, kd, alpha, learningRate, gradientNorm, skipped, evaluated);
    }
}
