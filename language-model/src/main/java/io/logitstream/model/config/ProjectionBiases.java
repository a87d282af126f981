package io.logitstream.model.config;

/**
 * Which projections of a layer have biases.
 *
 * @param queryKeyValue query, key and value
 * @param attentionOutput what attention writes to the residual stream
 * @param feedForward all of the feed-forward block
 */
public record ProjectionBiases(boolean queryKeyValue, boolean attentionOutput, boolean feedForward) {
    /** No biases at all. */
    public static final ProjectionBiases NONE = new ProjectionBiases(false, false, false);
}
