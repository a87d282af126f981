package io.logitstream.student.metrics;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Converts records to flat maps with dots between the levels, as {@code metrics.jsonl} and the configuration name keys.
 */
public final class FlatValues {
    private static final ObjectMapper JSON = new ObjectMapper();

    private FlatValues() {}

    /**
     * All values of a record and of the records in it.
     *
     * @param record a record that Jackson can serialize
     * @return values by path: numbers as Double, flags as Boolean, all others as String; nulls are left out
     */
    public static Map<String, Object> of(Object record) {
        Map<String, Object> values = new LinkedHashMap<>();
        collect("", JSON.valueToTree(record), values);
        return values;
    }

    /** The numbers of a step, except the number of the step itself, under their names in {@code metrics.jsonl}. */
    public static Map<String, Double> of(StepMetrics metrics) {
        Map<String, Double> numbers = new LinkedHashMap<>();
        of((Object) metrics).forEach((name, value) -> {
            if (value instanceof Double number && !name.equals("step")) {
                numbers.put(name, number);
            }
        });
        return numbers;
    }

    private static void collect(String path, JsonNode node, Map<String, Object> into) {
        if (node.isObject()) {
            node.properties()
                    .forEach(field -> collect(
                            path.isEmpty() ? field.getKey() : path + "." + field.getKey(), field.getValue(), into));
        } else if (!node.isNull()) {
            into.put(
                    path,
                    node.isNumber()
                            ? (Object) node.doubleValue()
                            : node.isBoolean()
                                    ? (Object) node.booleanValue()
                                    : node.isTextual() ? node.asText() : node.toString());
        }
    }
}
