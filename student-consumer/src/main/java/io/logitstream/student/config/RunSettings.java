package io.logitstream.student.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.logitstream.messages.UsageException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Compares the settings of a run with those that it was started with. */
public final class RunSettings {
    /** Parts of the settings whose keys are those of the configuration. */
    private static final List<String> CONFIGURED = List.of("loss.", "training.");

    /** A setting with its values, missing where a side has no such key. */
    private record Difference(String key, JsonNode before, JsonNode now) {
        boolean canBeSetBack() {
            return CONFIGURED.stream().anyMatch(key::startsWith) && before.isValueNode() && !before.isNull();
        }
    }

    private RunSettings() {}

    /**
     * Requires equal settings.
     *
     * @param now settings of this run
     * @param saved settings that the run was started with
     * @param what owner of the saved settings, with which the message begins
     * @throws UsageException naming each key that differs, with both values, and what gives the former ones
     */
    public static void requireSame(JsonNode now, JsonNode saved, String what) {
        List<Difference> differences = differences(now, saved);
        if (!differences.isEmpty()) {
            throw new UsageException(what + " belongs to a run with other settings: "
                    + differences.stream()
                            .map(each -> each.key + " was " + text(each.before) + " and is now " + text(each.now))
                            .collect(Collectors.joining(", "))
                    + "; " + wayToContinue(differences) + "choose another output folder, or remove this one");
        }
    }

    /** Whether settings are equal. */
    public static boolean same(JsonNode now, JsonNode saved) {
        return differences(now, saved).isEmpty();
    }

    // A default may have changed since the run was started.
    private static String wayToContinue(List<Difference> differences) {
        return differences.stream().allMatch(Difference::canBeSetBack)
                ? differences.stream()
                        .map(each -> "--set " + each.key + "=" + text(each.before))
                        .collect(Collectors.joining(" ", "continue it with ", ", "))
                : "";
    }

    private static List<Difference> differences(JsonNode now, JsonNode saved) {
        List<Difference> differences = new ArrayList<>();
        collect(now, saved, "", differences);
        return differences;
    }

    private static void collect(JsonNode now, JsonNode saved, String path, List<Difference> into) {
        for (Map.Entry<String, JsonNode> field : now.properties()) {
            JsonNode before = saved.path(field.getKey());
            if (field.getValue().isObject()) {
                collect(field.getValue(), before, path + field.getKey() + ".", into);
            } else if (!text(field.getValue()).equals(text(before))) {
                into.add(new Difference(path + field.getKey(), before, field.getValue()));
            }
        }
        for (Map.Entry<String, JsonNode> field : saved.properties()) {
            if (!now.has(field.getKey()) && !field.getValue().isNull()) {
                into.add(new Difference(path + field.getKey(), field.getValue(), MissingNode.getInstance()));
            }
        }
    }

    private static String text(JsonNode value) {
        return value.isMissingNode() ? "null" : value.isValueNode() ? value.asText() : value.toString();
    }
}
