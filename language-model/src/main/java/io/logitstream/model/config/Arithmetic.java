package io.logitstream.model.config;

import io.logitstream.messages.ModelException;
import java.util.List;

/**
 * What the forward pass of some families does beyond Llama's.
 *
 * @param activation function of the gate in the feed-forward block
 * @param normsAddOne whether norms multiply by 1 + weight (Gemma)
 * @param embeddingFactor factor of the embeddings
 * @param residualFactor factor of what attention and feed-forward add to the residual stream
 * @param attentionScale factor of the products of queries and keys, 0 for 1 / sqrt(head size)
 * @param attentionCap bound of the scaled products, c * tanh(x / c); 0 for none
 * @param logitsDivisor divisor of the logits
 * @param logitsCap bound of the logits, c * tanh(x / c); 0 for none
 * @param windowedRope rotary embedding of the layers with a sliding window, null for that of the others
 * @param unrotatedLayers indices of the layers without rotary embedding
 */
public record Arithmetic(
        Activation activation,
        boolean normsAddOne,
        double embeddingFactor,
        double residualFactor,
        double attentionScale,
        double attentionCap,
        double logitsDivisor,
        double logitsCap,
        RopeConfig windowedRope,
        List<Integer> unrotatedLayers) {

    /** Function of the gate. */
    public enum Activation {
        /** SiLU, also called swish. */
        SILU("silu", "swiglu"),
        /** GELU in its approximation by tanh. */
        GELU_TANH("gelu_pytorch_tanh", "geglu");

        private final String key;
        private final String kernel;

        Activation(String key, String kernel) {
            this.key = key;
            this.kernel = kernel;
        }

        /** Name in {@code config.json}. */
        public String key() {
            return key;
        }

        /** Name of the kernel that multiplies the activated gate with the other half. */
        public String kernel() {
            return kernel;
        }
    }

    /** Llama's forward pass, without anything of this. */
    public static final Arithmetic LLAMA = new Arithmetic(Activation.SILU, false, 1, 1, 0, 0, 1, 0, null, List.of());

    /** Checks the factors. */
    public Arithmetic {
        if (!(embeddingFactor > 0)
                || !(residualFactor > 0)
                || !(attentionScale >= 0)
                || !(attentionCap >= 0)
                || !(logitsDivisor > 0)
                || !(logitsCap >= 0)) {
            throw new ModelException("model configuration: factors and bounds must be positive");
        }
        unrotatedLayers = List.copyOf(unrotatedLayers);
    }

    /** Llama's forward pass with layers that have no rotary embedding. */
    public static Arithmetic unrotated(List<Integer> layers) {
        return new Arithmetic(Activation.SILU, false, 1, 1, 0, 0, 1, 0, null, layers);
    }

    /** Whether a layer turns its queries and keys. */
    public boolean isRotated(int layer) {
        return !unrotatedLayers.contains(layer);
    }

    /** Factor of the queries for attention that divides by sqrt(head size) itself. */
    public double queryFactor(int headSize) {
        return attentionScale == 0 ? 1 : attentionScale * Math.sqrt(headSize);
    }
}
