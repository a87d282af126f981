package io.logitstream.model.families;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.model.config.Arithmetic;
import io.logitstream.model.config.Arithmetic.Activation;
import io.logitstream.model.config.ConfigReader;
import io.logitstream.model.config.LayerTypeKeys;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.config.ProjectionBiases;
import io.logitstream.model.config.RopeDefaults;
import io.logitstream.model.config.RopeKeys;
import io.logitstream.model.families.WeightNames.Part;
import java.util.List;
import java.util.Map;

/**
 * Gemma 3, text-only models: Gemma 2 with norms of queries and keys instead of bounds. Of six layers, five have a
 * sliding window and a rotary embedding of their own.
 */
public final class Gemma3Family implements ModelFamily {
    private static final String LOCAL_THETA = "rope_local_base_freq";
    private static final WeightNames NAMES =
            Gemma2Family.NAMES.with(Part.QUERY_NORM, "self_attn.q_norm").with(Part.KEY_NORM, "self_attn.k_norm");

    @Override
    public String modelType() {
        return "gemma3_text";
    }

    @Override
    public String architecture() {
        return "Gemma3ForCausalLM";
    }

    @Override
    public WeightNames names() {
        return NAMES;
    }

    @Override
    public Defaults defaults() {
        return new Defaults(4, 256, 131072, 1e-6);
    }

    @Override
    public boolean tiedByDefault() {
        return true;
    }

    @Override
    public RopeDefaults rope() {
        return new RopeDefaults(1e6, 1, false, false, true, Map.of());
    }

    @Override
    public ProjectionBiases biases(ConfigReader json) {
        return GemmaFamily.attentionBiases(json);
    }

    @Override
    public List<Integer> windows(ConfigReader json, int layers) {
        int pattern = json.positive("sliding_window_pattern", 6);
        return LayerTypeKeys.windows(json, layers, Gemma2Family.window(json), i -> (i + 1) % pattern != 0);
    }

    @Override
    public Activation activation(ConfigReader json) {
        json.text("hidden_act", null);
        return GemmaFamily.gelu(json, this);
    }

    @Override
    public Arithmetic arithmetic(ConfigReader json, int hiddenSize, int layers, int maxPositions) {
        return new Arithmetic(
                activation(json),
                true,
                Math.sqrt(hiddenSize),
                1,
                Gemma2Family.attentionScale(json),
                Gemma2Family.cap(json, "attn_logit_softcapping", 0),
                1,
                Gemma2Family.cap(json, "final_logit_softcapping", 0),
                RopeKeys.readWindowed(json, rope(), modelType(), maxPositions, LOCAL_THETA, 10000),
                List.of());
    }

    @Override
    public void write(ModelConfig config, ObjectNode json) {
        Gemma2Family.writeCommon(config, json);
        json.put(LOCAL_THETA, config.arithmetic().windowedRope().theta());
    }
}
