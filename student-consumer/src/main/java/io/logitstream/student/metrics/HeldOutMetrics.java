package io.logitstream.student.metrics;

import io.logitstream.student.evaluation.Evaluation;

/**
 * A model in training on held-out text, as {@link Evaluation} has it of a finished one; means over predicted tokens.
 *
 * @param loss negative log-likelihood, in nats
 * @param perplexity exp(loss)
 * @param bitsPerByte negative log-likelihood of all predicted tokens, in bits, by the UTF-8 bytes that they stand for
 * @param calibrationError expected calibration error of the most likely token
 */
public record HeldOutMetrics(double loss, double perplexity, double bitsPerByte, double calibrationError) {}
