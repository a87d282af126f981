package io.logitstream.model.config;

import com.fasterxml.jackson.databind.JsonNode;
import io.logitstream.messages.ModelException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.StreamSupport;

/**
 * Reads the keys of a {@code config.json}. It records which keys were read, so that {@link #requireKnownArithmetic}
 * finds the others, which may change the model. A key with the value null counts as left out. Methods throw a {@link
 * ModelException} with file, key and reason for a value of the wrong type.
 */
public final class ConfigReader {
    private final JsonNode json;
    private final Path file;
    private final String prefix;
    private final Set<String> asked = new HashSet<>();
    private final Set<String> unknown;

    /**
     * A reader of a file's top level.
     *
     * @param json content of the file
     * @param file its path, for messages
     */
    public ConfigReader(JsonNode json, Path file) {
        this(json, file, "", new TreeSet<>());
    }

    private ConfigReader(JsonNode json, Path file, String prefix, Set<String> unknown) {
        this.json = json;
        this.file = file;
        this.prefix = prefix;
        this.unknown = unknown;
    }

    /** The object under a key; empty if the key is left out. */
    public ConfigReader child(String key) {
        JsonNode child = get(key);
        if (child != null && !child.isObject()) {
            throw refused(key, child + " is not a JSON object");
        }
        return new ConfigReader(child == null ? json.path("") : child, file, prefix + key + ".", unknown);
    }

    /** Whether the object has no keys. */
    public boolean isEmpty() {
        return json.isEmpty();
    }

    /** Whether another object has the same keys and values. */
    public boolean sameAs(ConfigReader other) {
        return json.equals(other.json);
    }

    /** Requires that no value is an object: such settings differ by type of layer, which only some families support. */
    public void requireNoObjects() {
        json.properties().stream()
                .filter(field -> field.getValue().isObject())
                .findFirst()
                .ifPresent(field -> {
                    throw refused(
                            field.getKey(),
                            abbreviated(field.getValue()) + " is not supported; supported is one setting for"
                                    + " all layers");
                });
    }

    /** Whether a key is present and not null. */
    public boolean has(String key) {
        return json.hasNonNull(key);
    }

    /** Whether a key is present and null. */
    public boolean isNull(String key) {
        asked.add(key);
        return json.path(key).isNull();
    }

    /** A string, or the default if the key is left out. */
    public String text(String key, String byDefault) {
        JsonNode value = get(key);
        if (value == null) {
            return byDefault;
        }
        if (!value.isTextual()) {
            throw refused(key, value + " is not a string");
        }
        return value.textValue();
    }

    /** A list of strings, or null if the key is left out. */
    public List<String> texts(String key) {
        JsonNode value = get(key);
        if (value == null) {
            return null;
        }
        if (!value.isArray()
                || !StreamSupport.stream(value.spliterator(), false).allMatch(JsonNode::isTextual)) {
            throw refused(key, value + " is not a list of strings");
        }
        return StreamSupport.stream(value.spliterator(), false)
                .map(JsonNode::textValue)
                .toList();
    }

    /** A list of numbers, or null if the key is left out. */
    public List<Double> numbers(String key) {
        JsonNode value = get(key);
        if (value == null) {
            return null;
        }
        if (!value.isArray()
                || !StreamSupport.stream(value.spliterator(), false).allMatch(JsonNode::isNumber)) {
            throw refused(key, abbreviated(value) + " is not a list of numbers");
        }
        return StreamSupport.stream(value.spliterator(), false)
                .map(JsonNode::doubleValue)
                .toList();
    }

    /** A boolean, or the default if the key is left out. */
    public boolean flag(String key, boolean byDefault) {
        JsonNode value = get(key);
        if (value == null) {
            return byDefault;
        }
        if (!value.isBoolean()) {
            throw refused(key, value + " is neither true nor false");
        }
        return value.booleanValue();
    }

    /** A required integer. */
    public int integer(String key) {
        if (!has(key)) {
            throw refused(key, "it is missing");
        }
        return integer(key, 0);
    }

    /** An integer, or the default if the key is left out. */
    public int integer(String key, int byDefault) {
        JsonNode value = get(key);
        if (value == null) {
            return byDefault;
        }
        if (!value.canConvertToExactIntegral() || !value.canConvertToInt()) {
            throw refused(key, value + " is not an integer");
        }
        return value.intValue();
    }

    /** A positive integer, or the default if the key is left out. */
    public int positive(String key, int byDefault) {
        int value = integer(key, byDefault);
        if (value < 1) {
            throw refused(key, value + " is not positive");
        }
        return value;
    }

    /** A required positive number. */
    public double positive(String key) {
        if (!has(key)) {
            throw refused(key, "it is missing");
        }
        return positive(key, 0.0);
    }

    /** A positive, finite number, or the default if the key is left out. */
    public double positive(String key, double byDefault) {
        JsonNode value = get(key);
        if (value == null) {
            return byDefault;
        }
        if (!value.isNumber() || !(value.doubleValue() > 0) || Double.isInfinite(value.doubleValue())) {
            throw refused(key, value + " is not a positive number");
        }
        return value.doubleValue();
    }

    /** A token id, or the first of a list of them; -1 if the key is left out. */
    public int token(String key) {
        JsonNode value = get(key);
        JsonNode first = value != null && value.isArray() ? value.path(0) : value;
        if (first == null || first.isMissingNode()) {
            return -1;
        }
        if (!first.isInt()) {
            throw refused(key, value + " is neither a token id nor a list of them");
        }
        return first.intValue();
    }

    /**
     * Refuses keys that were not read and are known to change the forward pass, and collects unknown keys for {@link
     * #warnOfUnknown}.
     *
     * @param modelType model_type of the file, for messages
     * @param harmless whether a key is known to change nothing
     */
    public void requireKnownArithmetic(String modelType, Predicate<String> harmless) {
        json.properties().forEach(field -> {
            String key = field.getKey();
            JsonNode value = field.getValue();
            if (asked.contains(key) || value.isNull()) {
                return;
            }
            String supported = ArithmeticKeys.supportedInstead(key, value);
            if (supported != null) {
                throw refused(
                        key,
                        abbreviated(value) + " is not supported for model_type " + modelType + "; supported is "
                                + supported);
            }
            boolean saysNothing =
                    value.isBoolean() && !value.booleanValue() || value.isContainerNode() && value.isEmpty();
            if (!saysNothing && !ArithmeticKeys.contains(key) && !harmless.test(key)) {
                unknown.add(prefix + key);
            }
        });
    }

    /** Logs the unknown keys of the file in one warning, once in a process. */
    public void warnOfUnknown(String modelType) {
        ConfigWarnings.unknownKeys(file, modelType, List.copyOf(unknown));
    }

    private static String abbreviated(JsonNode value) {
        String text = value.toString();
        return text.length() <= 100 ? text : text.substring(0, 100) + "...";
    }

    /**
     * The exception for a value that cannot be used.
     *
     * @param key name of the key
     * @param why the reason
     */
    public ModelException refused(String key, String why) {
        return new ModelException(file.toAbsolutePath() + ": key " + prefix + key + ": " + why);
    }

    private JsonNode get(String key) {
        asked.add(key);
        return json.hasNonNull(key) ? json.get(key) : null;
    }
}
