package io.logitstream.model.families;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.model.config.ConfigReader;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.config.ProjectionBiases;
import io.logitstream.model.families.WeightNames.Part;

/**
 * OLMo 2: norms of the outputs of attention and feed-forward instead of their inputs, and norms of the queries and
 * keys of all heads together.
 */
public final class Olmo2Family implements ModelFamily {
    private static final WeightNames NAMES = WeightNames.llama()
            .without(Part.ATTENTION_NORM, Part.FEED_FORWARD_NORM)
            .with(Part.QUERY_NORM, "self_attn.q_norm")
            .with(Part.KEY_NORM, "self_attn.k_norm")
            .with(Part.ATTENTION_OUTPUT_NORM, "post_attention_layernorm")
            .with(Part.FEED_FORWARD_OUTPUT_NORM, "post_feedforward_layernorm");

    @Override
    public String modelType() {
        return "olmo2";
    }

    @Override
    public String architecture() {
        return "Olmo2ForCausalLM";
    }

    @Override
    public WeightNames names() {
        return NAMES;
    }

    @Override
    public Defaults defaults() {
        return new Defaults(0, 0, 2048, 1e-5);
    }

    @Override
    public boolean normsAllHeads() {
        return true;
    }

    @Override
    public ProjectionBiases biases(ConfigReader json) {
        boolean attention = json.flag("attention_bias", false);
        return new ProjectionBiases(attention, attention, false);
    }

    @Override
    public void write(ModelConfig config, ObjectNode json) {
        json.put("attention_bias", config.biases().queryKeyValue());
    }
}
