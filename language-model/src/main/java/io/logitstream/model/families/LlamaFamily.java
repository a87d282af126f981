package io.logitstream.model.families;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.model.config.ConfigReader;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.config.ProjectionBiases;

/** Llama 1 to 3, and the many models of the same form. Students that start from noise are of this family. */
final class LlamaFamily implements ModelFamily {
    static final WeightNames NAMES = WeightNames.llama();

    @Override
    public String modelType() {
        return "llama";
    }

    @Override
    public String architecture() {
        return "LlamaForCausalLM";
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
    public void write(ModelConfig config, ObjectNode json) {
        json.put("attention_bias", config.biases().queryKeyValue());
        json.put("mlp_bias", config.biases().feedForward());
    }
}
