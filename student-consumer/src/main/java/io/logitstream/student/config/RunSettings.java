package io.logitstream.student.config;

import com.fasterxml.jackson.databind.JsonNode;
import io.logitstream.messages.UsageException;
import java.util.Map;

/** Compares the settings of a run with those that it was started with. */
public final class RunSettings {
    private RunSettings() {}

    /**
     * Requires equal settings.
     *
     * @param now settings of this run
     * @param saved settings that the run was started with
     * @param what owner of the saved settings, with which the message begins
     * @throws UsageException naming each key that differs, with both values
     */
    public static void requireSame(JsonNode now, JsonNode saved, String what) {
        StringBuilder differences = new StringBuilder();
        collect(now, saved, "", differences);
        if (!differences.isEmpty()) {
            throw new UsageException(what + " belongs to a run with other settings:" + differences
                    + "; choose another output folder, or remove this one");
        }
    }

    /** Whether settings are equal. */
    public static boolean same(JsonNode now, JsonNode saved) {
        StringBuilder differences = new StringBuilder();
        collect(now, saved, "", differences);
        return differences.isEmpty();
    }

    private static void collect(JsonNode now, JsonNode saved, String path, StringBuilder into) {
        for (Map.Entry<String, JsonNode> field : now.properties()) {
            JsonNode before = saved.path(field.getKey());
            if (field.getValue().isObject()) {
                collect(field.getValue(), before, path + field.getKey() + ".", into);
            } else if (!text(field.getValue()).equals(text(before))) {
                append(into, path + field.getKey(), text(before), text(field.getValue()));
            }
        }
        for (Map.Entry<String, JsonNode> field : saved.properties()) {
            if (!now.has(field.getKey()) && !field.getValue().isNull()) {
                append(into, path + field.getKey(), text(field.getValue()), "null");
            }
        }
    }

    private static void append(StringBuilder into, String key, String before, String now) {
        into.append(into.isEmpty() ? " " : ", ")
                .append(key)
                .append(" was ")
                .append(before)
                .append(" and is now ")
                .append(now);
    }

    private static String text(JsonNode value) {
        return value.isMissingNode() ? "null" : value.isValueNode() ? value.asText() : value.toString();
    }
}
