package io.logitstream.model.families;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.model.config.ConfigReader;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.config.ProjectionBiases;
import io.logitstream.model.config.RopeDefaults;
import io.logitstream.model.families.WeightNames.Part;

/** GLM-4-0414 (9B and 32B): GLM with norms of the outputs of attention and feed-forward. */
final class Glm4Family implements ModelFamily {
    private static final WeightNames NAMES = GlmFamily.NAMES
            .with(Part.ATTENTION_OUTPUT_NORM, "post_self_attn_layernorm")
            .with(Part.FEED_FORWARD_OUTPUT_NORM, "post_mlp_layernorm");

    private final GlmFamily glm = new GlmFamily();

    @Override
    public String modelType() {
        return "glm4";
    }

    @Override
    public String architecture() {
        return "Glm4ForCausalLM";
    }

    @Override
    public WeightNames names() {
        return NAMES;
    }

    @Override
    public Defaults defaults() {
        return glm.defaults();
    }

    @Override
    public ProjectionBiases biases(ConfigReader json) {
        return glm.biases(json);
    }

    @Override
    public RopeDefaults rope() {
        return glm.rope();
    }

    @Override
    public void write(ModelConfig config, ObjectNode json) {
        glm.write(config, json);
    }
}
