package io.logitstream.model.families;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.messages.ModelException;
import io.logitstream.model.config.Arithmetic;
import io.logitstream.model.config.Arithmetic.Activation;
import io.logitstream.model.config.ConfigReader;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.config.ProjectionBiases;
import java.util.List;

/** Gemma 1: norms multiply by 1 + weight, embeddings are multiplied by sqrt(D), and the activation is GELU. */
public final class GemmaFamily implements ModelFamily {
    private static final WeightNames NAMES = WeightNames.llama();

    @Override
    public String modelType() {
        return "gemma";
    }

    @Override
    public String architecture() {
        return "GemmaForCausalLM";
    }

    @Override
    public WeightNames names() {
        return NAMES;
    }

    @Override
    public Defaults defaults() {
        return new Defaults(16, 256, 8192, 1e-6);
    }

    @Override
    public boolean tiedByDefault() {
        return true;
    }

    @Override
    public ProjectionBiases biases(ConfigReader json) {
        return attentionBiases(json);
    }

    // The first files say "gelu" but mean its approximation by tanh, as transformers does.
    @Override
    public Activation activation(ConfigReader json) {
        String name = json.text("hidden_act", Activation.GELU_TANH.key());
        if (!name.equals("gelu") && !name.equals(Activation.GELU_TANH.key())) {
            throw refused(json, this, "hidden_act", name);
        }
        return gelu(json, this);
    }

    @Override
    public Arithmetic arithmetic(ConfigReader json, int hiddenSize, int layers, int maxPositions) {
        return new Arithmetic(activation(json), true, Math.sqrt(hiddenSize), 1, 0, 0, 1, 0, null, List.of());
    }

    @Override
    public void write(ModelConfig config, ObjectNode json) {
        json.put("attention_bias", config.biases().queryKeyValue());
        json.put("hidden_act", config.arithmetic().activation().key());
    }

    static ProjectionBiases attentionBiases(ConfigReader json) {
        boolean attention = json.flag("attention_bias", false);
        return new ProjectionBiases(attention, attention, false);
    }

    /** Reads the activation function from the key of newer files. */
    static Activation gelu(ConfigReader json, ModelFamily family) {
        String name = json.text("hidden_activation", Activation.GELU_TANH.key());
        if (!name.equals(Activation.GELU_TANH.key())) {
            throw refused(json, family, "hidden_activation", name);
        }
        return Activation.GELU_TANH;
    }

    private static ModelException refused(ConfigReader json, ModelFamily family, String key, String name) {
        return json.refused(
                key,
                "'" + name + "' is not supported for model_type " + family.modelType() + "; supported is "
                        + Activation.GELU_TANH.key());
    }
}
