package io.logitstream.pipeline.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Reads YAML as trees of settings, changes the trees, and binds them to records. */
public final class ConfigFile {
    private static final ObjectMapper YAML = YAMLMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            .addModule(WholeNumbers.module())
            .build();

    private static final Pattern SETTING = Pattern.compile("([^=.]+(?:\\.[^=.]+)*)=(.*)", Pattern.DOTALL);

    private ConfigFile() {}

    /**
     * Reads a YAML file as a tree.
     *
     * @throws UsageException if the file is missing or holds no YAML map
     */
    public static ObjectNode read(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new UsageException("configuration file " + file.toAbsolutePath() + " does not exist");
        }
        return parse(text(file), file.toAbsolutePath().toString());
    }

    /**
     * Reads a UTF-8 text file.
     *
     * @throws UsageException if it cannot be read
     */
    public static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UsageException(file.toAbsolutePath() + " cannot be read: " + FailureText.of(e));
        }
    }

    /**
     * Parses YAML as a tree.
     *
     * @param where file or place of the text, for messages
     * @throws UsageException if it is not a YAML map
     */
    public static ObjectNode parse(String yaml, String where) {
        try {
            JsonNode tree = YAML.readTree(yaml);
            if (tree.isMissingNode() || tree.isNull()) {
                return empty();
            }
            if (tree instanceof ObjectNode object) {
                return object;
            }
            throw new UsageException(where + ": not a YAML map of settings");
        } catch (JsonProcessingException e) {
            throw new UsageException(where + ": " + FailureText.of(e));
        }
    }

    /** An empty tree. */
    public static ObjectNode empty() {
        return YAML.createObjectNode();
    }

    /**
     * Merges a tree into another: maps are merged, all other values replaced.
     *
     * @param base tree that is changed
     * @param over tree whose values win
     */
    public static void merge(ObjectNode base, JsonNode over) {
        for (Map.Entry<String, JsonNode> field : over.properties()) {
            JsonNode present = base.get(field.getKey());
            if (present instanceof ObjectNode inner && field.getValue().isObject()) {
                merge(inner, field.getValue());
            } else {
                base.set(field.getKey(), field.getValue());
            }
        }
    }

    /**
     * Applies {@code KEY=VALUE} settings, with dots between the levels of a key. Values are YAML, except for a single
     * {@code -}, which stands for standard input and is not a list.
     *
     * @throws UsageException if a setting is not KEY=VALUE
     */
    public static void set(ObjectNode tree, List<String> settings) {
        for (String setting : settings) {
            Matcher parts = SETTING.matcher(setting);
            if (!parts.matches()) {
                throw new UsageException("--set " + setting + ": expected key=value, as in --set training.seed=2");
            }
            String[] keys = parts.group(1).split("\\.");
            ObjectNode node = tree;
            for (int i = 0; i < keys.length - 1; i++) {
                node = node.get(keys[i]) instanceof ObjectNode inner ? inner : node.putObject(keys[i]);
            }
            try {
                JsonNode value =
                        parts.group(2).strip().equals("-") ? TextNode.valueOf("-") : YAML.readTree(parts.group(2));
                node.set(keys[keys.length - 1], value.isMissingNode() ? NullNode.getInstance() : value);
            } catch (JsonProcessingException e) {
                throw new UsageException("--set " + setting + ": the value is not YAML: " + FailureText.of(e));
            }
        }
    }

    /**
     * Binds a tree to a record.
     *
     * @param what kind of the keys, for messages, such as {@code configuration}
     * @throws UsageException naming the key that is unknown or whose value does not fit
     */
    public static <T> T bind(ObjectNode tree, Class<T> type, String what) {
        try {
            return YAML.treeToValue(tree, type);
        } catch (UnrecognizedPropertyException e) {
            String known = e.getKnownPropertyIds().stream()
                    .map(Object::toString)
                    .sorted()
                    .collect(Collectors.joining(", "));
            throw new UsageException("unknown " + what + " key " + path(e) + "; known keys here: " + known);
        } catch (JsonMappingException e) {
            if (e.getCause() instanceof UsageException usage) {
                throw usage;
            }
            throw new UsageException(what + " key " + path(e) + ": " + FailureText.of(e));
        } catch (JsonProcessingException e) {
            throw new UsageException(what + ": " + FailureText.of(e));
        }
    }

    private static String path(JsonMappingException e) {
        return e.getPath().stream()
                .map(reference ->
                        reference.getFieldName() == null ? "[" + reference.getIndex() + "]" : reference.getFieldName())
                .collect(Collectors.joining("."));
    }
}
