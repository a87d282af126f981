package io.logitstream.model.families;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.model.config.Arithmetic;
import io.logitstream.model.config.Arithmetic.Activation;
import io.logitstream.model.config.ConfigReader;
import io.logitstream.model.config.LayerTypeKeys;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.config.ProjectionBiases;
import io.logitstream.model.families.WeightNames.Part;
import java.util.List;

/**
 * Gemma 2: norms before and after attention and feed-forward, soft bounds of attention scores and logits, and a
 * sliding window in every second layer.
 */
public final class Gemma2Family implements ModelFamily {
    static final WeightNames NAMES = WeightNames.llama()
            .with(Part.ATTENTION_OUTPUT_NORM, "post_attention_layernorm")
            .with(Part.FEED_FORWARD_NORM, "pre_feedforward_layernorm")
            .with(Part.FEED_FORWARD_OUTPUT_NORM, "post_feedforward_layernorm");

    @Override
    public String modelType() {
        return "gemma2";
    }

    @Override
    public String architecture() {
        return "Gemma2ForCausalLM";
    }

    @Override
    public WeightNames names() {
        return NAMES;
    }

    @Override
    public Defaults defaults() {
        return new Defaults(4, 256, 8192, 1e-6);
    }

    @Override
    public boolean tiedByDefault() {
        return true;
    }

    @Override
    public ProjectionBiases biases(ConfigReader json) {
        return GemmaFamily.attentionBiases(json);
    }

    @Override
    public List<Integer> windows(ConfigReader json, int layers) {
        return LayerTypeKeys.windows(json, layers, window(json), i -> i % 2 == 0);
    }

    static int window(ConfigReader json) {
        return json.isNull("sliding_window") ? 0 : json.positive("sliding_window", 4096);
    }

    // Older files hold the activation under both keys.
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
                attentionScale(json),
                cap(json, "attn_logit_softcapping", 50),
                1,
                cap(json, "final_logit_softcapping", 30),
                null,
                List.of());
    }

    static double attentionScale(ConfigReader json) {
        return 1 / Math.sqrt(json.positive("query_pre_attn_scalar", 256.0));
    }

    // null means no bound, not the default.
    static double cap(ConfigReader json, String key, double byDefault) {
        return json.isNull(key) || byDefault == 0 && !json.has(key) ? 0 : json.positive(key, byDefault);
    }

    @Override
    public void write(ModelConfig config, ObjectNode json) {
        writeCommon(config, json);
    }

    static void writeCommon(ModelConfig config, ObjectNode json) {
        Arithmetic arithmetic = config.arithmetic();
        json.put("attention_bias", config.biases().queryKeyValue());
        json.remove("hidden_act");
        json.put("hidden_activation", arithmetic.activation().key());
        // transformers requires an integer, whose inverse square root is the scale.
        json.put("query_pre_attn_scalar", Math.round(1 / (arithmetic.attentionScale() * arithmetic.attentionScale())));
        putCap(json, "attn_logit_softcapping", arithmetic.attentionCap());
        putCap(json, "final_logit_softcapping", arithmetic.logitsCap());
        LayerTypeKeys.write(config, json);
    }

    private static void putCap(ObjectNode json, String key, double cap) {
        if (cap == 0) {
            json.putNull(key);
        } else {
            json.put(key, cap);
        }
    }
}
