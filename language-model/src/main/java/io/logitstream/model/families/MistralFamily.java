package io.logitstream.model.families;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.model.config.ConfigReader;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.config.ProjectionBiases;
import java.util.Collections;
import java.util.List;

/** Mistral 7B and later dense models: Llama without biases; the first versions have a sliding window. */
final class MistralFamily implements ModelFamily {
    private static final int DEFAULT_WINDOW = 4096;

    @Override
    public String modelType() {
        return "mistral";
    }

    @Override
    public String architecture() {
        return "MistralForCausalLM";
    }

    @Override
    public WeightNames names() {
        return LlamaFamily.NAMES;
    }

    @Override
    public Defaults defaults() {
        return new Defaults(8, 0, 131072, 1e-6);
    }

    @Override
    public ProjectionBiases biases(ConfigReader json) {
        return ProjectionBiases.NONE;
    }

    @Override
    public List<Integer> windows(ConfigReader json, int layers) {
        // null means no window here, not the default.
        int window = json.isNull("sliding_window") ? 0 : json.positive("sliding_window", DEFAULT_WINDOW);
        return window == 0 ? List.of() : Collections.nCopies(layers, window);
    }

    @Override
    public void write(ModelConfig config, ObjectNode json) {
        if (config.window(0) == 0) {
            json.putNull("sliding_window");
        } else {
            json.put("sliding_window", config.window(0));
        }
    }
}
