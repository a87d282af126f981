package io.logitstream.exploration.plan;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.messages.UsageException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * An axis of a plan: one setting or one group of settings that varies.
 *
 * @param name name in tables: a configuration key, or a name chosen by the plan
 * @param choices values in the plan's order
 */
public record Axis(String name, List<Choice> choices) {
    private static final String START = "student.from";

    /**
     * A value of an axis.
     *
     * @param label name of the value
     * @param settings settings of the value; keys may contain dots
     */
    public record Choice(String label, ObjectNode settings) {}

    public static Axis of(String name, JsonNode values) {
        List<Choice> choices = new ArrayList<>();
        if (values.isArray()) {
            for (JsonNode value : values) {
                ObjectNode settings = JsonNodeFactory.instance.objectNode();
                settings.set(name, value);
                choices.add(new Choice(label(value), settings));
            }
            if (name.equals(START)) {
                choices = named(choices);
            }
        } else if (values.isObject()) {
            for (Map.Entry<String, JsonNode> named : values.properties()) {
                if (!(named.getValue() instanceof ObjectNode settings)) {
                    throw new UsageException("axes." + name + "." + named.getKey()
                            + ": expected a map of settings, as in {student.layers: 2}");
                }
                choices.add(new Choice(named.getKey(), settings));
            }
        }
        if (choices.isEmpty()) {
            throw new UsageException("axes." + name + ": expected a list of values for the configuration key " + name
                    + ", or a map of names to settings");
        }
        if (choices.stream().map(Choice::label).distinct().count() < choices.size()) {
            throw new UsageException("axes." + name + " has a value twice");
        }
        return new Axis(name, choices);
    }

    // A start is called by the end of its path that tells it from the others, random weights "noise".
    private static List<Choice> named(List<Choice> starts) {
        List<Choice> all = new ArrayList<>();
        for (Choice start : starts) {
            String path = start.settings().path(START).asText(null);
            all.add(
                    path == null
                            ? new Choice("noise", start.settings())
                            : new Choice(end(path, starts), start.settings()));
        }
        return all;
    }

    private static String end(String path, List<Choice> starts) {
        String[] parts = parts(path);
        for (int from = parts.length - 1; from > 0; from--) {
            String end = String.join("/", Arrays.copyOfRange(parts, from, parts.length));
            if (starts.stream()
                            .map(start -> String.join(
                                    "/", parts(start.settings().path(START).asText(""))))
                            .filter(other -> ("/" + other).endsWith("/" + end))
                            .count()
                    == 1) {
                return end;
            }
        }
        return path;
    }

    private static String[] parts(String path) {
        return path.replaceAll("/+$", "").split("/+");
    }

    private static String label(JsonNode value) {
        return value.isValueNode()
                ? value.asText()
                : value.toString().replaceAll("[{}\"]", "").replace(':', '=');
    }
}
