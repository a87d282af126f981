package io.logitstream.model.families;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.model.config.Arithmetic;
import io.logitstream.model.config.ConfigReader;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.config.ProjectionBiases;
import io.logitstream.model.config.RopeDefaults;
import java.util.List;

/**
 * A family of Hugging Face models: the names of its weights and its keys of {@code config.json}. A
 * family whose forward pass needs nothing else is added as one class and one line in {@link ModelFamilies}; see
 * {@code docs/reference/families.md}.
 */
public interface ModelFamily {
    /**
     * Values of keys that a {@code config.json} may leave out, as in transformers.
     *
     * @param keyValueHeads {@code num_key_value_heads}; 0 for the number of heads
     * @param headSize {@code head_dim}; 0 for hidden size / heads
     * @param maxPositions {@code max_position_embeddings}
     * @param normEpsilon {@code rms_norm_eps}
     */
    record Defaults(int keyValueHeads, int headSize, int maxPositions, double normEpsilon) {}

    /** The {@code model_type} of the configuration. */
    String modelType();

    /** Name of its class in transformers. */
    String architecture();

    /** Names of its weights. */
    WeightNames names();

    /** Values of keys that its files may leave out. */
    Defaults defaults();

    /**
     * Reads which projections have biases.
     *
     * @param json the file
     */
    ProjectionBiases biases(ConfigReader json);

    /**
     * Reads the sliding windows.
     *
     * @param json the file
     * @param layers number of layers
     * @return number of positions that each layer sees, including the position itself, or 0 for all; empty if all
     *     layers see all
     */
    default List<Integer> windows(ConfigReader json, int layers) {
        return List.of();
    }

    /** Whether the output head is tied to the embedding if the file does not say. */
    default boolean tiedByDefault() {
        return false;
    }

    /**
     * Reads the activation function of the feed-forward block.
     *
     * @param json the file
     */
    default Arithmetic.Activation activation(ConfigReader json) {
        String name = json.text("hidden_act", "silu");
        // The two names denote the same function.
        if (!name.equals("silu") && !name.equals("swish")) {
            throw json.refused(
                    "hidden_act",
                    "'" + name + "' is not supported for model_type " + modelType() + "; supported is silu");
        }
        return Arithmetic.Activation.SILU;
    }

    /**
     * Reads the differences of the forward pass from Llama's.
     *
     * @param json the file
     * @param hiddenSize D
     * @param layers number of layers
     * @param maxPositions longest context that the model was made for
     */
    default Arithmetic arithmetic(ConfigReader json, int hiddenSize, int layers, int maxPositions) {
        activation(json);
        return Arithmetic.LLAMA;
    }

    /** Whether queries and keys are normalised over all heads together, instead of each head by itself. */
    default boolean normsAllHeads() {
        return false;
    }

    /** Rotary embedding if the file does not say. */
    default RopeDefaults rope() {
        return RopeDefaults.LLAMA;
    }

    /**
     * Writes the keys that {@link #biases}, {@link #windows} and {@link #arithmetic} read.
     *
     * @param config shape of the model
     * @param json object of the file, with the keys common to all families
     */
    void write(ModelConfig config, ObjectNode json);
}
