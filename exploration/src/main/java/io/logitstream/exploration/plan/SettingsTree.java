package io.logitstream.exploration.plan;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/** Trees of settings with dotted keys. */
final class SettingsTree {
    private SettingsTree() {}

    /** A tree with one level for each part of a dotted key. */
    static ObjectNode expanded(ObjectNode dotted) {
        ObjectNode tree = JsonNodeFactory.instance.objectNode();
        overlay(tree, dotted);
        return tree;
    }

    /** Overlays settings onto a tree: the value of a dotted key is replaced, nested maps are merged. */
    static void overlay(ObjectNode tree, ObjectNode over) {
        for (Map.Entry<String, JsonNode> field : over.properties()) {
            if (field.getKey().indexOf('.') > 0) {
                set(tree, field.getKey(), field.getValue());
            } else if (field.getValue() instanceof ObjectNode inner) {
                overlay(
                        tree.get(field.getKey()) instanceof ObjectNode present
                                ? present
                                : tree.putObject(field.getKey()),
                        inner);
            } else {
                tree.set(field.getKey(), field.getValue());
            }
        }
    }

    /** Replaces the value of a dotted key. */
    static void set(ObjectNode tree, String key, JsonNode value) {
        String[] parts = key.split("\\.");
        ObjectNode node = tree;
        for (int i = 0; i < parts.length - 1; i++) {
            node = node.get(parts[i]) instanceof ObjectNode inner ? inner : node.putObject(parts[i]);
        }
        node.set(parts[parts.length - 1], value.deepCopy());
    }
}
