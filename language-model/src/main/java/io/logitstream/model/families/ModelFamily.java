package io.logitstream.model.families;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.model.config.Arithmetic;
import io.logitstream.model.config.ConfigReader;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.config.ProjectionBiases;
import io.logitstream.model.config.RopeDefaults;
import java.util.List;

/**
 * What sets one family of Hugging Face models apart: the names of its weights and its keys of {@code config.json}. A
 * family that needs no other arithmetic than these differences is added with one class and its line in
 * {@link ModelFamilies}, see {@code docs/reference/families.md}.
 */
public interface ModelFamily {
    /**
     * Values of keys that a {@code config.json} may leave out, as transformers has them.
     *
     * @param keyValueHeads {@code num_key_value_heads}; 0: as many as heads
     * @param headSize {@code head_dim}; 0: hidden size / heads
     * @param maxPositions {@code max_position_embeddings}
     * @param normEpsilon {@code rms_norm_eps}
     */
    record Defaults(int keyValueHeads, int headSize, int maxPositions, double normEpsilon) {}

    /** {@code model_type} of the configuration. */
    String modelType();

    /** Name of the class in transformers. */
    String architecture();

    WeightNames names();

    Defaults defaults();

    /** Reads which projections have biases. */
    ProjectionBiases biases(ConfigReader json);

    /**
     * Reads the sliding windows.
     *
     * @param layers number of layers
     * @return for each layer the positions it sees, its own included, or 0 for all; empty when all layers see all
     */
    default List<Integer> windows(ConfigReader json, int layers) {
        return List.of();
    }

    /** Whether the output head is the embedding where the configuration does not say. */
    default boolean tiedByDefault() {
        return false;
    }

    /**
     * Reads the function of the feed-forward block's gate.
     */
    default Arithmetic.Activation activation(ConfigReader json) {
        String name = json.text("hidden_act", "silu");
        // Two names of one function.
        if (!name.equals("silu") && !name.equals("swish")) {
            throw json.refused(
                    "hidden_act",
                    "'" + name + "' is not supported for model_type " + modelType() + "; supported is silu");
        }
        return Arithmetic.Activation.SILU;
    }

    /**
     * Reads what the forward pass does beyond Llama's.
     *
     * @param hiddenSize D
     * @param layers number of layers
     * @param maxPositions longest context the model is made for
     */
    default Arithmetic arithmetic(ConfigReader json, int hiddenSize, int layers, int maxPositions) {
        activation(json);
        return Arithmetic.LLAMA;
    }

    /** Whether the norms of queries and keys run over all heads together, instead of each by itself. */
    default boolean normsAllHeads() {
        return false;
    }

    /** Rotary embedding where the configuration does not say. */
    default RopeDefaults rope() {
        return RopeDefaults.LLAMA;
    }

    /** Writes the keys that {@link #biases}, {@link #windows} and {@link #arithmetic} read. */
    void write(ModelConfig config, ObjectNode json);
}
