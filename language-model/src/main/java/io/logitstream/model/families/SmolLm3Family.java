package io.logitstream.model.families;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.model.config.Arithmetic;
import io.logitstream.model.config.ConfigReader;
import io.logitstream.model.config.LayerTypeKeys;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.config.ProjectionBiases;
import io.logitstream.model.config.RopeDefaults;
import java.util.List;
import java.util.stream.IntStream;

/** SmolLM 3: Llama with some layers, by default every fourth, without rotary embedding. */
public final class SmolLm3Family implements ModelFamily {
    private static final WeightNames NAMES = WeightNames.llama();

    @Override
    public String modelType() {
        return "smollm3";
    }

    @Override
    public String architecture() {
        return "SmolLM3ForCausalLM";
    }

    @Override
    public WeightNames names() {
        return NAMES;
    }

    @Override
    public Defaults defaults() {
        return new Defaults(4, 0, 32768, 1e-6);
    }

    @Override
    public RopeDefaults rope() {
        return RopeDefaults.LLAMA.withTheta(2e6);
    }

    @Override
    public boolean tiedByDefault() {
        return true;
    }

    @Override
    public ProjectionBiases biases(ConfigReader json) {
        boolean attention = json.flag("attention_bias", false);
        return new ProjectionBiases(attention, attention, json.flag("mlp_bias", false));
    }

    @Override
    public List<Integer> windows(ConfigReader json, int layers) {
        boolean used = json.flag("use_sliding_window", false) && !json.isNull("sliding_window");
        int window = used ? json.positive("sliding_window", 0) : 0;
        List<Integer> unrotated = unrotated(json, layers);
        return LayerTypeKeys.windows(json, layers, window, i -> used && unrotated.contains(i));
    }

    @Override
    public Arithmetic arithmetic(ConfigReader json, int hiddenSize, int layers, int maxPositions) {
        activation(json);
        return Arithmetic.unrotated(unrotated(json, layers));
    }

    private static List<Integer> unrotated(ConfigReader json, int layers) {
        int interval = json.positive("no_rope_layer_interval", 4);
        List<Double> rotated = json.numbers("no_rope_layers");
        if (rotated != null && rotated.size() < layers) {
            throw json.refused("no_rope_layers", "it has " + rotated.size() + " entries for " + layers + " layers");
        }
        return IntStream.range(0, layers)
                .filter(i -> rotated == null ? (i + 1) % interval == 0 : rotated.get(i) == 0)
                .boxed()
                .toList();
    }

    @Override
    public void write(ModelConfig config, ObjectNode json) {
        json.put("attention_bias", config.biases().queryKeyValue());
        json.put("mlp_bias", config.biases().feedForward());
        ArrayNode rotated = json.putArray("no_rope_layers");
        for (int i = 0; i < config.layers(); i++) {
            rotated.add(config.arithmetic().isRotated(i) ? 1 : 0);
        }
        json.put("use_sliding_window", !config.windows().isEmpty());
        LayerTypeKeys.write(config, json);
    }
}
