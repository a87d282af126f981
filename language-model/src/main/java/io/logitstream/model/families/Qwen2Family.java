package io.logitstream.model.families;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.model.config.ConfigReader;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.config.ProjectionBiases;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/** Qwen 2 and 2.5: Llama with biases of query, key and value, and sliding windows in some layers. */
final class Qwen2Family implements ModelFamily {
    private static final String FULL = "full_attention";
    private static final String WINDOWED = "sliding_attention";

    @Override
    public String modelType() {
        return "qwen2";
    }

    @Override
    public String architecture() {
        return "Qwen2ForCausalLM";
    }

    @Override
    public WeightNames names() {
        return LlamaFamily.NAMES;
    }

    @Override
    public Defaults defaults() {
        return new Defaults(32, 0, 32768, 1e-6);
    }

    @Override
    public ProjectionBiases biases(ConfigReader json) {
        return new ProjectionBiases(true, false, false);
    }

    @Override
    public List<Integer> windows(ConfigReader json, int layers) {
        return readWindows(json, layers);
    }

    @Override
    public void write(ModelConfig config, ObjectNode json) {
        writeWindows(config, json);
    }

    static List<Integer> readWindows(ConfigReader json, int layers) {
        // null means no window, not the default.
        boolean used = json.flag("use_sliding_window", false) && !json.isNull("sliding_window");
        int window = json.positive("sliding_window", 4096);
        int firstWindowed = json.integer("max_window_layers", 28);
        List<String> types = json.texts("layer_types");
        if (types == null) {
            types = IntStream.range(0, layers)
                    .mapToObj(i -> used && i >= firstWindowed ? WINDOWED : FULL)
                    .toList();
        }
        if (types.size() != layers) {
            throw json.refused("layer_types", "it has " + types.size() + " entries for " + layers + " layers");
        }
        for (String type : types) {
            if (!type.equals(FULL) && !(type.equals(WINDOWED) && used)) {
                throw json.refused(
                        "layer_types",
                        "'" + type + "' is not supported; supported are " + FULL + ", and " + WINDOWED
                                + " with use_sliding_window");
            }
        }
        return types.contains(WINDOWED)
                ? types.stream().map(type -> type.equals(WINDOWED) ? window : 0).toList()
                : List.of();
    }

    static void writeWindows(ModelConfig config, ObjectNode json) {
        json.put("use_sliding_window", !config.windows().isEmpty());
        if (config.windows().isEmpty()) {
            json.putNull("sliding_window");
        } else {
            json.put("sliding_window", Collections.max(config.windows()));
        }
        ArrayNode types = json.putArray("layer_types");
        for (int i = 0; i < config.layers(); i++) {
            types.add(config.window(i) > 0 ? WINDOWED : FULL);
        }
    }
}
