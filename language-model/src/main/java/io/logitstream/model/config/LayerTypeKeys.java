package io.logitstream.model.config;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collections;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/** Reads and writes the keys {@code layer_types} and {@code sliding_window}. */
public final class LayerTypeKeys {
    private static final String FULL = "full_attention";
    private static final String WINDOWED = "sliding_attention";

    private LayerTypeKeys() {}

    /**
     * Reads the sliding windows of the layers.
     *
     * @param json the file
     * @param layers number of layers
     * @param window size of a window, 0 for none
     * @param windowed whether a layer has a window, by index, if {@code layer_types} is left out
     * @return windows as in {@link ModelConfig#windows()}
     * @throws io.logitstream.messages.ModelException if the list has another length or an unknown type
     */
    public static List<Integer> windows(ConfigReader json, int layers, int window, IntPredicate windowed) {
        List<String> types = json.texts("layer_types");
        if (types == null) {
            types = IntStream.range(0, layers)
                    .mapToObj(i -> windowed.test(i) ? WINDOWED : FULL)
                    .toList();
        }
        if (types.size() != layers) {
            throw json.refused("layer_types", "it has " + types.size() + " entries for " + layers + " layers");
        }
        types.stream()
                .filter(type -> !type.equals(FULL) && !type.equals(WINDOWED))
                .findFirst()
                .ifPresent(type -> {
                    throw json.refused(
                            "layer_types",
                            "'" + type + "' is not supported; supported are " + FULL + " and " + WINDOWED);
                });
        return window > 0 && types.contains(WINDOWED)
                ? types.stream().map(type -> type.equals(WINDOWED) ? window : 0).toList()
                : List.of();
    }

    /** Writes both keys. */
    public static void write(ModelConfig config, ObjectNode json) {
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
