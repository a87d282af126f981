package io.logitstream.model.pruning;

/**
 * Importance of the parts of a model; parts with larger values are kept.
 *
 * @param layers of each layer; with {@link DepthCriterion#BLOCK} of each block, by its first layer
 * @param neurons of each feed-forward neuron, by layer
 * @param groups of each key-value head with its query heads, by layer
 * @param channels of each hidden channel
 */
public record Importance(double[] layers, double[][] neurons, double[][] groups, double[] channels) {}
