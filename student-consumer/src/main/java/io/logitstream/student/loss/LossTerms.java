package io.logitstream.student.loss;

import ai.djl.ndarray.NDArray;

/**
 * Result of the output head for one batch: both loss terms and the gradient of the weighted loss.
 *
 * @param lm negative log-likelihood of the text, in nats, summed over the batch's positions
 * @param kd distillation loss before alpha, summed over the positions where it applies; 0 without a teacher
 * @param lmElsewhere part of {@code lm} from positions that {@code loss.routing} leaves to the text
 * @param routed number of positions where the distillation loss applies: all without {@code loss.routing}
 * @param hiddenGradient_ND float32 gradient of the weighted and scaled loss with respect to the hidden states, owned by
 *     their scope
 */
public record LossTerms(double lm, double kd, double lmElsewhere, int routed, NDArray hiddenGradient_ND) {}
