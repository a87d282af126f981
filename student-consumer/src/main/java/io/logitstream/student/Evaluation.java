package io.logitstream.student;

/**
 * A model on held-out text; means over its predicted tokens.
 *
 * @param loss negative log-likelihood, in nats
 * @param perplexity exp(loss)
 * @param klToTeacher KL divergence from the teacher's distribution to the model's over the full vocabulary, in nats
 * @param top1Agreement part of the positions at which model and teacher find the same token most likely
 * @param tokens predicted tokens
 */
public record Evaluation(double loss, double perplexity, double klToTeacher, double top1Agreement, long tokens) {}
