package io.logitstream.model.families;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.model.config.ConfigReader;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.config.ProjectionBiases;
import io.logitstream.model.config.RopeDefaults;
import io.logitstream.model.config.RopeScaling;
import io.logitstream.model.families.WeightNames.Part;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** Phi 3, 3.5 and 4, dense: query, key and value share a matrix, and so do gate and up. */
public final class Phi3Family implements ModelFamily {
    private static final WeightNames NAMES = WeightNames.llama()
            .without(Part.QUERY, Part.KEY, Part.VALUE, Part.GATE, Part.UP)
            .with(Part.QUERY_KEY_VALUE, "self_attn.qkv_proj")
            .with(Part.GATE_AND_UP, "mlp.gate_up_proj");

    @Override
    public String modelType() {
        return "phi3";
    }

    @Override
    public String architecture() {
        return "Phi3ForCausalLM";
    }

    @Override
    public WeightNames names() {
        return NAMES;
    }

    @Override
    public Defaults defaults() {
        return new Defaults(0, 0, 4096, 1e-5);
    }

    @Override
    public RopeDefaults rope() {
        // The first releases used other names for longrope.
        return new RopeDefaults(10000, 1, true, false, false, Map.of("su", "longrope", "yarn", "longrope"));
    }

    @Override
    public ProjectionBiases biases(ConfigReader json) {
        return ProjectionBiases.NONE;
    }

    @Override
    public List<Integer> windows(ConfigReader json, int layers) {
        return json.has("sliding_window") ? Collections.nCopies(layers, json.positive("sliding_window", 0)) : List.of();
    }

    @Override
    public void write(ModelConfig config, ObjectNode json) {
        if (config.window(0) == 0) {
            json.putNull("sliding_window");
        } else {
            json.put("sliding_window", config.window(0));
        }
        // transformers reads this key for this family, with a default of 4096.
        json.put(
                "original_max_position_embeddings",
                config.rope().scaling() instanceof RopeScaling.LongRope scaling
                        ? scaling.originalPositions()
                        : config.maxPositions());
    }
}
