package io.logitstream.model.families;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.model.config.ConfigReader;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.config.ProjectionBiases;
import io.logitstream.model.families.WeightNames.Part;
import java.util.List;

/** Qwen 3, dense: Llama with norms of the queries and keys of each head, and sliding windows in some layers. */
final class Qwen3Family implements ModelFamily {
    private static final WeightNames NAMES =
            LlamaFamily.NAMES.with(Part.QUERY_NORM, "self_attn.q_norm").with(Part.KEY_NORM, "self_attn.k_norm");

    @Override
    public String modelType() {
        return "qwen3";
    }

    @Override
    public String architecture() {
        return "Qwen3ForCausalLM";
    }

    @Override
    public WeightNames names() {
        return NAMES;
    }

    @Override
    public Defaults defaults() {
        return new Defaults(32, 128, 32768, 1e-6);
    }

    @Override
    public ProjectionBiases biases(ConfigReader json) {
        boolean attention = json.flag("attention_bias", false);
        return new ProjectionBiases(attention, attention, false);
    }

    @Override
    public List<Integer> windows(ConfigReader json, int layers) {
        return Qwen2Family.readWindows(json, layers);
    }

    @Override
    public void write(ModelConfig config, ObjectNode json) {
        json.put("attention_bias", config.biases().queryKeyValue());
        Qwen2Family.writeWindows(config, json);
    }
}
