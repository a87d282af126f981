package io.logitstream.embedded.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.embedded.registry.RegistryEvent.Ignored;
import io.logitstream.embedded.registry.RegistryEvent.LevelSet;
import io.logitstream.embedded.registry.RegistryEvent.SchemaErased;
import io.logitstream.embedded.registry.RegistryEvent.SchemaSet;
import io.logitstream.embedded.registry.RegistryEvent.SubjectDeleted;
import java.io.IOException;

/**
 * Format of the registry's records: that of Confluent's registry, with JSON in key and value, so that Confluent's
 * registry can take over the topic. The key names the kind of record. A null value revokes the earlier record with the
 * same key.
 */
final class RegistryEventFormat {

    /** Key and value of a record. The value may be null. */
    record Encoded(byte[] key, byte[] value) {}

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String SCHEMA = "SCHEMA";
    private static final String CONFIG = "CONFIG";
    private static final String DELETE_SUBJECT = "DELETE_SUBJECT";

    private RegistryEventFormat() {}

    static Encoded encode(RegistryEvent event) {
        if (event instanceof SchemaSet set) {
            ObjectNode value = JSON.createObjectNode()
                    .put("subject", set.subject())
                    .put("version", set.version())
                    .put("id", set.id())
                    .put("schema", set.schema())
                    .put("deleted", set.deleted());
            return new Encoded(schemaKey(set.subject(), set.version()), bytes(value));
        }
        if (event instanceof SchemaErased erased) {
            return new Encoded(schemaKey(erased.subject(), erased.version()), null);
        }
        if (event instanceof SubjectDeleted deleted) {
            ObjectNode value =
                    JSON.createObjectNode().put("subject", deleted.subject()).put("version", deleted.lastVersion());
            return new Encoded(key(DELETE_SUBJECT, deleted.subject()), bytes(value));
        }
        if (event instanceof LevelSet set) {
            byte[] value = set.level() == null
                    ? null
                    : bytes(JSON.createObjectNode()
                            .put("compatibilityLevel", set.level().name()));
            return new Encoded(key(CONFIG, set.subject()), value);
        }
        throw new IllegalArgumentException("not written by this registry: " + event);
    }

    /**
     * Decodes a record.
     *
     * @param value null for a tombstone
     * @throws IOException if the record is not one of a schema registry, or its schema is not Avro
     */
    static RegistryEvent decode(byte[] keyBytes, byte[] value) throws IOException {
        JsonNode key = object(keyBytes);
        String subject = key.path("subject").textValue();
        return switch (key.path("keytype").asText()) {
            case SCHEMA -> schema(key, value);
            case CONFIG -> new LevelSet(subject, value == null ? null : level(object(value)));
            case DELETE_SUBJECT ->
                value == null
                        ? new Ignored()
                        : new SubjectDeleted(text(key, "subject"), number(object(value), "version"));
            // Such as modes, and NOOP records, with which Confluent's registry finds the end of the topic.
            default -> new Ignored();
        };
    }

    private static RegistryEvent schema(JsonNode key, byte[] valueBytes) throws IOException {
        String subject = text(key, "subject");
        int version = number(key, "version");
        if (valueBytes == null) {
            return new SchemaErased(subject, version);
        }
        JsonNode value = object(valueBytes);
        String type = value.path("schemaType").asText("AVRO");
        if (!type.equals("AVRO") || !value.path("references").isEmpty()) {
            throw new IOException("version " + version + " of subject " + subject
                    + " is not a self-contained Avro schema, and others are not supported");
        }
        return new SchemaSet(
                subject,
                version,
                number(value, "id"),
                text(value, "schema"),
                value.path("deleted").asBoolean());
    }

    private static CompatibilityLevel level(JsonNode value) throws IOException {
        JsonNode level = value.path("compatibilityLevel");
        try {
            return level.isTextual() ? CompatibilityLevel.parse(level.textValue()) : null;
        } catch (RegistryException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private static JsonNode object(byte[] json) throws IOException {
        JsonNode node = json == null ? null : JSON.readTree(json);
        if (node == null || !node.isObject()) {
            throw new IOException("a JSON object is expected");
        }
        return node;
    }

    private static String text(JsonNode node, String field) throws IOException {
        if (!node.path(field).isTextual()) {
            throw new IOException("field " + field + " must be a string");
        }
        return node.path(field).textValue();
    }

    private static int number(JsonNode node, String field) throws IOException {
        if (!node.path(field).canConvertToInt() || node.path(field).intValue() < 1) {
            throw new IOException("field " + field + " must be a whole number from 1");
        }
        return node.path(field).intValue();
    }

    private static byte[] schemaKey(String subject, int version) {
        return bytes(JSON.createObjectNode()
                .put("keytype", SCHEMA)
                .put("subject", subject)
                .put("version", version)
                .put("magic", 1));
    }

    private static byte[] key(String type, String subject) {
        return bytes(JSON.createObjectNode()
                .put("keytype", type)
                .put("subject", subject)
                .put("magic", 0));
    }

    private static byte[] bytes(ObjectNode node) {
        try {
            return JSON.writeValueAsBytes(node);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
