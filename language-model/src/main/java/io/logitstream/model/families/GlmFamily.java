package io.logitstream.model.families;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.model.config.ConfigReader;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.config.ProjectionBiases;
import io.logitstream.model.config.RopeDefaults;
import io.logitstream.model.families.WeightNames.Part;
import java.util.Map;

/**
 * GLM-4-9B in the form of transformers ({@code glm-4-9b-hf}): half of each head is rotated, in pairs; gate and up
 * share a matrix.
 */
final class GlmFamily implements ModelFamily {
    static final WeightNames NAMES = WeightNames.common()
            .with(Part.ATTENTION_NORM, "input_layernorm")
            .with(Part.QUERY, "self_attn.q_proj")
            .with(Part.KEY, "self_attn.k_proj")
            .with(Part.VALUE, "self_attn.v_proj")
            .with(Part.ATTENTION_OUTPUT, "self_attn.o_proj")
            .with(Part.FEED_FORWARD_NORM, "post_attention_layernorm")
            .with(Part.GATE_AND_UP, "mlp.gate_up_proj")
            .with(Part.DOWN, "mlp.down_proj");

    @Override
    public String modelType() {
        return "glm";
    }

    @Override
    public String architecture() {
        return "GlmForCausalLM";
    }

    @Override
    public WeightNames names() {
        return NAMES;
    }

    @Override
    public Defaults defaults() {
        return new Defaults(2, 128, 131072, 1.5625e-7);
    }

    @Override
    public ProjectionBiases biases(ConfigReader json) {
        return new ProjectionBiases(json.flag("attention_bias", true), false, false);
    }

    @Override
    public RopeDefaults rope() {
        return new RopeDefaults(10000, 0.5, true, true, false, Map.of());
    }

    @Override
    public void write(ModelConfig config, ObjectNode json) {
        json.put("attention_bias", config.biases().queryKeyValue());
    }
}
