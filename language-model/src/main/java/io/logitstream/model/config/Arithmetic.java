package io.logitstream.model.config;

import io.logitstream.messages.ModelException;
import java.util.List;

/**
 * Differences of a family's forward pass from Llama's. Soft bounds are those of Gemma 2 (Gemma Team 2024, section 2):
 * c * tanh(x / c).
 *
 * @param activation function of the gate in the feed-forward block
 * @param normsAddOne whether norms multiply by 1 + weight (Gemma)
 * @param embeddingFactor factor of the embeddings, 1 for none
 * @param residualFactor factor of what attention and feed-forward add to the residual stream, 1 for none
 * @param attentionScale factor of the products of queries and keys; 0 for 1 / sqrt(head size)
 * @param attentionCap bound c of the scaled products; 0 for none
 * @param logitsDivisor divisor of the logits, 1 for none
 * @param logitsCap bound c of the logits; 0 for none
 * @param windowedRope rotary embedding of the layers with a sliding window; null for that of the other layers
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

    /** Activation function of the gate. */
    public enum Activation {
        /** SiLU, also called swish (Elfwing et al. 2017); with the product it is SwiGLU (Shazeer 2020). */
        SILU("silu", "swiglu"),
        /** GELU (Hendrycks and Gimpel 2016) in its approximation by tanh. */
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

        /** Name of the kernel that multiplies the activated gate by the up projection. */
        public String kernel() {
            return kernel;
        }
    }

    /** Llama's forward pass. */
    public static final Arithmetic LLAMA = new Arithmetic(Activation.SILU, false, 1, 1, 0, 0, 1, 0, null, List.of());

    /**
     * Checks the factors.
     *
     * @throws ModelException if a factor is not positive, or a scale or bound is negative
     */
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

    /** Llama's forward pass in which some layers have no rotary embedding. */
    public static Arithmetic unrotated(List<Integer> layers) {
        return new Arithmetic(Activation.SILU, false, 1, 1, 0, 0, 1, 0, null, layers);
    }

    /** Whether a layer rotates its queries and keys. */
    public boolean isRotated(int layer) {
        return !unrotatedLayers.contains(layer);
    }

    /**
     * Factor of the queries that turns the 1 / sqrt(head size) of the attention kernels into {@code attentionScale}.
     */
    public double queryFactor(int headSize) {
        return attentionScale == 0 ? 1 : attentionScale * Math.sqrt(headSize);
    }
}
