package io.logitstream.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.StreamSupport;

/**
 * The keys of a {@code config.json}. It remembers those that were asked for, so that a key nobody knows, which might
 * change the model, is found at the end. A null is taken as left out.
 */
final class ConfigReader {
  private final JsonNode json;
  private final Path file;
  private final String prefix;
  private final Set<String> asked = new HashSet<>();

  ConfigReader(JsonNode json, Path file) {
    this(json, file, "");
  }

  private ConfigReader(JsonNode json, Path file, String prefix) {
    this.json = json;
    this.file = file;
    this.prefix = prefix;
  }

  /** The object under a key, empty when it is left out. */
  ConfigReader child(String key) {
    JsonNode child = get(key);
    if (child != null && !child.isObject()) {
      throw refused(key, child + " is no JSON object");
    }
    return new ConfigReader(child == null ? json.path("") : child, file, prefix + key + ".");
  }

  boolean has(String key) {
    return json.hasNonNull(key);
  }

  boolean isNull(String key) {
    asked.add(key);
    return json.path(key).isNull();
  }

  String text(String key, String byDefault) {
    JsonNode value = get(key);
    if (value == null) {
      return byDefault;
    }
    if (!value.isTextual()) {
      throw refused(key, value + " is no text");
    }
    return value.textValue();
  }

  /** A list of texts, or null when it is left out. */
  List<String> texts(String key) {
    JsonNode value = get(key);
    if (value == null) {
      return null;
    }
    if (!value.isArray() || !StreamSupport.stream(value.spliterator(), false).allMatch(JsonNode::isTextual)) {
      throw refused(key, value + " is no list of texts");
    }
    return StreamSupport.stream(value.spliterator(), false).map(JsonNode::textValue).toList();
  }

  boolean flag(String key, boolean byDefault) {
    JsonNode value = get(key);
    if (value == null) {
      return byDefault;
    }
    if (!value.isBoolean()) {
      throw refused(key, value + " is neither true nor false");
    }
    return value.booleanValue();
  }

  int integer(String key) {
    if (!has(key)) {
      throw refused(key, "it is missing");
    }
    return integer(key, 0);
  }

  int integer(String key, int byDefault) {
    JsonNode value = get(key);
    if (value == null) {
      return byDefault;
    }
    if (!value.isInt()) {
      throw refused(key, value + " is no integer");
    }
    return value.intValue();
  }

  int positive(String key, int byDefault) {
    int value = integer(key, byDefault);
    if (value < 1) {
      throw refused(key, value + " is not positive");
    }
    return value;
  }

  double positive(String key) {
    if (!has(key)) {
      throw refused(key, "it is missing");
    }
    return positive(key, 0.0);
  }

  double positive(String key, double byDefault) {
    JsonNode value = get(key);
    if (value == null) {
      return byDefault;
    }
    if (!value.isNumber() || !(value.doubleValue() > 0) || Double.isInfinite(value.doubleValue())) {
      throw refused(key, value + " is no positive number");
    }
    return value.doubleValue();
  }

  /** The first of one or more token ids, or -1. */
  int token(String key) {
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
   * Refuses keys that nobody asked for and that are not harmless, unless they say nothing: null, false, or empty.
   *
   * @param harmless keys that do not change what a forward pass computes
   */
  void requireNothingElse(Set<String> harmless) {
    Set<String> keys = new LinkedHashSet<>();
    json.fieldNames().forEachRemaining(keys::add);
    for (String key : keys) {
      JsonNode value = json.get(key);
      boolean saysNothing = value.isNull() || value.isBoolean() && !value.booleanValue()
          || value.isContainerNode() && value.isEmpty();
      if (!asked.contains(key) && !harmless.contains(key) && !key.startsWith("_") && !saysNothing) {
        throw refused(key, abbreviated(value) + " is not supported for this model_type; where it does not change what"
            + " the model computes, remove the key");
      }
    }
  }

  private static String abbreviated(JsonNode value) {
    String text = value.toString();
    return text.length() <= 100 ? text : text.substring(0, 100) + "...";
  }

  /** The error for a key that cannot be used. */
  ModelException refused(String key, String why) {
    return new ModelException(file.toAbsolutePath() + ": key " + prefix + key + ": " + why);
  }

  private JsonNode get(String key) {
    asked.add(key);
    return json.hasNonNull(key) ? json.get(key) : null;
  }
}
