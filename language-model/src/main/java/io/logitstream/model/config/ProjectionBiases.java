package io.logitstream.model.config;

/**
 * Which projections of a layer have biases.
 *
 * @param queryKeyValue query, key and value
 * @param attentionOutput output projection of attention
 * @param feedForward gate, up and down
 */
public record ProjectionBiases(boolean queryKeyValue, boolean attentionOutput, boolean feedForward) {
    /** No biases. */
    public static final ProjectionBiases NONE = new ProjectionBiases(false, false, false);
}
