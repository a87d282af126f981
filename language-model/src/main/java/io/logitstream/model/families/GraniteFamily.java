package io.logitstream.model.families;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.model.config.Arithmetic;
import io.logitstream.model.config.ConfigReader;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.config.ProjectionBiases;
import java.util.List;

/** Granite 3 and 4, dense: Llama with factors of embeddings, attention, residual stream and logits. */
public final class GraniteFamily implements ModelFamily {
    private static final WeightNames NAMES = WeightNames.llama();

    @Override
    public String modelType() {
        return "granite";
    }

    @Override
    public String architecture() {
        return "GraniteForCausalLM";
    }

    @Override
    public WeightNames names() {
        return NAMES;
    }

    @Override
    public Defaults defaults() {
        return new Defaults(0, 0, 2048, 1e-6);
    }

    @Override
    public ProjectionBiases biases(ConfigReader json) {
        boolean attention = json.flag("attention_bias", false);
        return new ProjectionBiases(attention, attention, json.flag("mlp_bias", false));
    }

    @Override
    public Arithmetic arithmetic(ConfigReader json, int hiddenSize, int layers, int maxPositions) {
        return new Arithmetic(
                activation(json),
                false,
                json.positive("embedding_multiplier", 1.0),
                json.positive("residual_multiplier", 1.0),
                json.positive("attention_multiplier", 1.0),
                0,
                json.positive("logits_scaling", 1.0),
                0,
                null,
                List.of());
    }

    @Override
    public void write(ModelConfig config, ObjectNode json) {
        json.put("attention_bias", config.biases().queryKeyValue());
        json.put("mlp_bias", config.biases().feedForward());
        json.put("embedding_multiplier", config.arithmetic().embeddingFactor());
        json.put("residual_multiplier", config.arithmetic().residualFactor());
        json.put("attention_multiplier", config.arithmetic().attentionScale());
        json.put("logits_scaling", config.arithmetic().logitsDivisor());
    }
}
