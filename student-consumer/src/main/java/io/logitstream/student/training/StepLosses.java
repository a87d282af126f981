package io.logitstream.student.training;

import io.logitstream.student.input.TrainingBatch;

/**
 * Losses of a step's forward passes, summed over its predicted tokens.
 *
 * @param predicted predicted tokens of the step
 * @param lm negative log-likelihood of the text, in nats
 * @param kd distillation loss before alpha
 * @param last the last batch of the step, for messages
 */
record StepLosses(int predicted, double lm, double kd, TrainingBatch last) {}
