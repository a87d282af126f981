package io.logitstream.pipeline.config;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;

/** Values of configuration keys that a command gives: those of its flags, or its own defaults. */
public final class SettingValues {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final ObjectNode tree = ConfigFile.empty();

    /**
     * Adds a value; a map is merged with the map that a lower source has.
     *
     * @param key key with dots between its levels
     * @param value number, text, path or map; null adds nothing
     */
    public SettingValues with(String key, Object value) {
        if (value == null) {
            return this;
        }
        String[] levels = key.split("\\.");
        ObjectNode node = tree;
        for (int i = 0; i < levels.length - 1; i++) {
            node = node.withObjectProperty(levels[i]);
        }
        node.set(levels[levels.length - 1], JSON.valueToTree(value instanceof Path path ? path.toString() : value));
        return this;
    }

    /** Adds all values of another. */
    public SettingValues with(SettingValues others) {
        ConfigFile.merge(tree, others.tree());
        return this;
    }

    ObjectNode tree() {
        return tree.deepCopy();
    }
}
