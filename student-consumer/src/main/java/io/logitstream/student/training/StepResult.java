package io.logitstream.student.training;

/**
 * Result of an optimizer step; losses are means over its predicted tokens.
 *
 * @param predicted predicted tokens of the step
 * @param lm negative log-likelihood of the text, in nats
 * @param kd distillation loss before alpha
 * @param gradientNorm global norm of the gradient before clipping
 * @param skipped whether the step was an outlier and changed no weight
 */
public record StepResult(int predicted, double lm, double kd, double gradientNorm, boolean skipped) {}
