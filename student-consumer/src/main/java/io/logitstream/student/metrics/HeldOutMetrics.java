package io.logitstream.student.metrics;

/**
 * Metrics of a model in training on held-out text; means over predicted tokens.
 *
 * @param loss negative log-likelihood, in nats
 * @param perplexity exp(loss)
 * @param bitsPerByte negative log-likelihood in bits of all predicted tokens, divided by their length in UTF-8 bytes
 * @param calibrationError expected calibration error of the most likely token
 */
public record HeldOutMetrics(double loss, double perplexity, double bitsPerByte, double calibrationError) {}
