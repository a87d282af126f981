package io.logitstream.model.config;

import java.util.Map;

/**
 * Rotary embedding of a model family where its {@code config.json} does not say.
 *
 * @param theta base of the wavelengths ({@code rope_theta})
 * @param share part of a head that is rotated ({@code partial_rotary_factor})
 * @param shareVaries whether {@code partial_rotary_factor} may differ from {@code share}
 * @param pairs whether neighbouring values are rotated together, instead of those half a head apart
 * @param byLayerType whether {@code rope_parameters} holds one object for each type of layer
 * @param typeAliases other names that the family's files use for a {@code rope_type}, alias to name
 */
public record RopeDefaults(
        double theta,
        double share,
        boolean shareVaries,
        boolean pairs,
        boolean byLayerType,
        Map<String, String> typeAliases) {
    /** Rotary embedding of Llama: base 10000, whole heads, rotated in halves. */
    public static final RopeDefaults LLAMA = new RopeDefaults(10000, 1, false, false, false, Map.of());

    /** These defaults with another base. */
    public RopeDefaults withTheta(double other) {
        return new RopeDefaults(other, share, shareVaries, pairs, byLayerType, typeAliases);
    }
}
