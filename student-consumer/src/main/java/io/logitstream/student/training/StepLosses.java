package io.logitstream.student.training;

import io.logitstream.student.input.TrainingBatch;

/**
 * Losses of a step's forward passes, summed over its predicted tokens.
 *
 * @param predicted predicted tokens of the step
 * @param routed number of them where the distillation loss applies: all without {@code loss.routing}
 * @param lm negative log-likelihood of the text, in nats
 * @param kd distillation loss before alpha
 * @param lmElsewhere part of {@code lm} from tokens without distillation loss
 * @param last the last batch of the step, for messages
 */
record StepLosses(int predicted, int routed, double lm, double kd, double lmElsewhere, TrainingBatch last) {}
