package io.logitstream.student.evaluation;

/**
 * Metrics of a model on held-out text; means over its predicted tokens.
 *
 * @param loss negative log-likelihood, in nats
 * @param perplexity exp(loss)
 * @param bitsPerByte negative log-likelihood of all predicted tokens in bits, divided by {@code bytes}: comparable
 *     between tokenizers
 * @param klToTeacher KL divergence from the teacher's distribution to the model's over the full vocabulary, in nats
 * @param top1Agreement share of the positions at which model and teacher find the same token most likely
 * @param calibrationError expected calibration error of the most likely token against the text, over 15 bins of equal
 *     width of its probability, in [0, 1] (Guo et al. 2017, equation 3)
 * @param tokens predicted tokens
 * @param bytes length of the predicted tokens in UTF-8 bytes; end-of-text tokens have none
 */
public record Evaluation(
        double loss,
        double perplexity,
        double bitsPerByte,
        double klToTeacher,
        double top1Agreement,
        double calibrationError,
        long tokens,
        long bytes) {}
