package io.logitstream.embedded.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.messages.FailureText;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A request to the registry.
 *
 * @param method GET, POST, PUT or DELETE
 * @param path decoded segments, so that a subject's name may contain slashes
 * @param query decoded parameters
 * @param body body before it is parsed; empty if there is none
 */
record RegistryRequest(String method, List<String> path, Map<String, String> query, byte[] body) {

    private static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    /**
     * Decodes a request.
     *
     * @throws RegistryException if the address is not URL-encoded correctly
     */
    static RegistryRequest of(String method, URI uri, byte[] body) {
        try {
            List<String> path = Arrays.stream(uri.getRawPath().split("/"))
                    .filter(segment -> !segment.isEmpty())
                    // A plus sign stands for a space in a form, but not in a path.
                    .map(segment -> URLDecoder.decode(segment.replace("+", "%2B"), StandardCharsets.UTF_8))
                    .toList();
            return new RegistryRequest(method, path, query(uri.getRawQuery()), body);
        } catch (IllegalArgumentException e) {
            throw new RegistryException(
                    RegistryException.BAD_REQUEST, "The address is not URL-encoded correctly: " + FailureText.of(e));
        }
    }

    private static Map<String, String> query(String text) {
        Map<String, String> query = new HashMap<>();
        if (text != null) {
            for (String parameter : text.split("&")) {
                String[] parts = parameter.split("=", 2);
                query.put(
                        URLDecoder.decode(parts[0], StandardCharsets.UTF_8),
                        parts.length == 1 ? "" : URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
            }
        }
        return query;
    }

    /** Whether a parameter is set to true. */
    boolean flag(String parameter) {
        return Boolean.parseBoolean(query.get(parameter));
    }

    /**
     * The schema in the body.
     *
     * @throws RegistryException if the body is not JSON or does not hold a self-contained Avro schema
     */
    String schema() {
        JsonNode object = object();
        String type =
                object.hasNonNull("schemaType") ? object.path("schemaType").asText() : "AVRO";
        if (!type.equals("AVRO")) {
            throw new RegistryException(
                    RegistryException.INVALID_SCHEMA, "Schemas of type " + type + " are not supported, only AVRO");
        }
        if (!object.path("references").isEmpty()) {
            throw new RegistryException(
                    RegistryException.INVALID_SCHEMA,
                    "References to other subjects are not supported; put the whole schema into one");
        }
        if (object.path("id").asInt() > 0 || object.path("version").asInt() > 0) {
            throw new RegistryException(
                    RegistryException.OPERATION_NOT_PERMITTED,
                    "This registry assigns ids and versions; leave them out");
        }
        JsonNode schema = object.path("schema");
        if (!schema.isTextual()) {
            throw new RegistryException(
                    RegistryException.INVALID_SCHEMA, "Field schema must be a string with an Avro schema");
        }
        return schema.textValue();
    }

    /**
     * The compatibility level in the body.
     *
     * @throws RegistryException if the body is not JSON or does not name a level
     */
    CompatibilityLevel compatibility() {
        return CompatibilityLevel.parse(object().path("compatibility").asText());
    }

    private JsonNode object() {
        try {
            JsonNode node = JSON.readTree(body);
            if (node != null && node.isObject()) {
                return node;
            }
            throw new RegistryException(RegistryException.BAD_REQUEST, "The body must be a JSON object");
        } catch (JsonProcessingException e) {
            throw new RegistryException(RegistryException.BAD_REQUEST, "The body is not JSON: " + FailureText.of(e));
        } catch (IOException e) {
            throw new RegistryException(RegistryException.BAD_REQUEST, "The body cannot be read: " + FailureText.of(e));
        }
    }
}
