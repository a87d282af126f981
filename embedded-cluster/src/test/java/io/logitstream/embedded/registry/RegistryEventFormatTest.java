package io.logitstream.embedded.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.logitstream.embedded.registry.RegistryEvent.Ignored;
import io.logitstream.embedded.registry.RegistryEvent.LevelSet;
import io.logitstream.embedded.registry.RegistryEvent.SchemaErased;
import io.logitstream.embedded.registry.RegistryEvent.SchemaSet;
import io.logitstream.embedded.registry.RegistryEvent.SubjectDeleted;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class RegistryEventFormatTest {

    private static final String SCHEMA_KEY = "{\"keytype\":\"SCHEMA\",\"subject\":\"s\",\"version\":2,\"magic\":1}";

    /** An event with key and value as Confluent's registry writes them, byte for byte. */
    record Example(RegistryEvent event, String key, String value) {}

    static List<Example> examples() {
        return List.of(
                new Example(
                        new SchemaSet("s", 2, 7, "\"int\"", false),
                        SCHEMA_KEY,
                        "{\"subject\":\"s\",\"version\":2,\"id\":7,\"schema\":\"\\\"int\\\"\",\"deleted\":false}"),
                new Example(
                        new SchemaSet("s", 2, 7, "\"int\"", true),
                        SCHEMA_KEY,
                        "{\"subject\":\"s\",\"version\":2,\"id\":7,\"schema\":\"\\\"int\\\"\",\"deleted\":true}"),
                new Example(new SchemaErased("s", 2), SCHEMA_KEY, null),
                new Example(
                        new SubjectDeleted("s", 2),
                        "{\"keytype\":\"DELETE_SUBJECT\",\"subject\":\"s\",\"magic\":0}",
                        "{\"subject\":\"s\",\"version\":2}"),
                new Example(
                        new LevelSet(null, CompatibilityLevel.FULL),
                        "{\"keytype\":\"CONFIG\",\"subject\":null,\"magic\":0}",
                        "{\"compatibilityLevel\":\"FULL\"}"),
                new Example(new LevelSet("s", null), "{\"keytype\":\"CONFIG\",\"subject\":\"s\",\"magic\":0}", null));
    }

    @ParameterizedTest
    @MethodSource("examples")
    void eventsAreWrittenAndReadAsConfluentsRegistryDoes(Example example) throws Exception {
        RegistryEventFormat.Encoded encoded = RegistryEventFormat.encode(example.event());

        assertThat(new String(encoded.key(), StandardCharsets.UTF_8)).isEqualTo(example.key());
        assertThat(encoded.value() == null ? null : new String(encoded.value(), StandardCharsets.UTF_8))
                .isEqualTo(example.value());
        assertThat(decode(example.key(), example.value())).isEqualTo(example.event());
    }

    @Test
    void fieldsOfLaterVersionsAreNoObstacle() throws Exception {
        RegistryEvent event = decode(
                "{\"keytype\":\"SCHEMA\",\"subject\":\"s\",\"version\":2,\"magic\":1,\"more\":1}",
                "{\"subject\":\"s\",\"version\":2,\"id\":7,\"guid\":\"x\",\"references\":[],"
                        + "\"schema\":\"\\\"int\\\"\"}");

        assertThat(event).isEqualTo(new SchemaSet("s", 2, 7, "\"int\"", false));
    }

    @ParameterizedTest
    @ValueSource(strings = {"NOOP", "MODE", "CONTEXT", "CLEAR_SUBJECT", "FROM_THE_FUTURE"})
    void otherKindsOfRecordsAreIgnored(String kind) throws Exception {
        assertThat(decode("{\"keytype\":\"" + kind + "\",\"magic\":0}", null)).isEqualTo(new Ignored());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "no JSON",
                "[]",
                "{}",
                "{\"id\":7}",
                "{\"id\":0,\"schema\":\"\"}",
                "{\"id\":7,\"schema\":\"syntax = proto3\",\"schemaType\":\"PROTOBUF\"}",
                "{\"id\":7,\"schema\":\"\\\"int\\\"\",\"references\":[{\"subject\":\"x\"}]}"
            })
    void aSchemaThatCannotBeUsedIsAnError(String value) {
        assertThatThrownBy(() -> decode(SCHEMA_KEY, value)).isInstanceOf(IOException.class);
    }

    private static RegistryEvent decode(String key, String value) throws IOException {
        return RegistryEventFormat.decode(
                key.getBytes(StandardCharsets.UTF_8), value == null ? null : value.getBytes(StandardCharsets.UTF_8));
    }
}
