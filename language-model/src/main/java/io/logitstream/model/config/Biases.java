package io.logitstream.model.config;

/**
 * Which projections of a layer have biases.
 *
 * @param queryKeyValue query, key and value
 * @param attentionOutput what attention writes to the residual stream
 * @param feedForward all of the feed-forward block
 */
public record Biases(boolean queryKeyValue, boolean attentionOutput, boolean feedForward) {
    /** No biases at all. */
    public static final Biases NONE = new Biases(false, false, false);
}
