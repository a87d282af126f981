package io.logitstream.cli.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import io.confluent.kafka.schemaregistry.client.CachedSchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Which schemas a registry lets into a subject at each compatibility level. Levels are always set for a
 * subject that has a schema: Confluent's registry would take them earlier, and has another default than
 * Apicurio's.
 */
abstract class CompatibilityContract {

    private static final String FIRST = "a:int x:int";
    /** Gets along with the first in both directions. */
    private static final String SECOND = "a:int x:int=0 b:int=0";

    private final String subject = "levels-" + UUID.randomUUID() + "-value";
    private SchemaRegistryClient client;

    /** Address of the registry's API, without a slash at its end. */
    abstract String url();

    @BeforeEach
    void connect() {
        client = new CachedSchemaRegistryClient(url(), 100, Map.of());
    }

    @AfterEach
    void disconnect() throws IOException {
        client.close();
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource({
        "adds a field with a default,     a:int x:int=0 b:int=0 c:int=0, B BT F FT FULL FULLT",
        "b without default: v1 lacks it,  a:int x:int=0 b:int,           B F FT FULL",
        "no x: v1 requires it,            a:int b:int=0,                 B BT F FULL",
        "adds a required field,           a:int x:int=0 b:int=0 c:int,   F FT",
        "no a: both require it,           x:int=0 b:int=0,               B BT",
        "a becomes a string,              a:string x:int=0 b:int=0,      ''"
    })
    void aLevelLetsInWhatItPromises(String change, String fields, String allowedAt) throws Exception {
        Map<String, String> levels = Map.of(
                "B",
                "BACKWARD",
                "BT",
                "BACKWARD_TRANSITIVE",
                "F",
                "FORWARD",
                "FT",
                "FORWARD_TRANSITIVE",
                "FULL",
                "FULL",
                "FULLT",
                "FULL_TRANSITIVE");

        for (Map.Entry<String, String> level : levels.entrySet()) {
            String evolving = subject + level.getKey();
            client.register(evolving, record(FIRST));
            client.updateCompatibility(evolving, level.getValue());
            client.register(evolving, record(SECOND));
            boolean allowed = Arrays.asList(allowedAt.split(" ")).contains(level.getKey());

            // The client asks about the latest version only, which says nothing about the transitive levels.
            if (!level.getKey().endsWith("T")) {
                assertThat(client.testCompatibility(evolving, record(fields)))
                        .as(level.getValue())
                        .isEqualTo(allowed);
            }
            if (allowed) {
                client.register(evolving, record(fields));
            } else {
                RegistryContract.assertCode(409, () -> client.register(evolving, record(fields)));
            }

            assertThat(client.getAllVersions(evolving)).as(level.getValue()).hasSize(allowed ? 3 : 2);
        }
    }

    @Test
    void withoutALevelAnythingGoes() throws Exception {
        client.register(subject, record("a:int"));
        client.updateCompatibility(subject, "NONE");

        client.register(subject, record("a:string"));

        assertThat(client.getAllVersions(subject)).containsExactly(1, 2);
    }

    @Test
    void aSubjectsLevelIsReadBackAndRemoved() throws Exception {
        client.register(subject, record(FIRST));
        assertThat(client.updateCompatibility(subject, "FORWARD")).isEqualTo("FORWARD");
        assertThat(client.getCompatibility(subject)).isEqualTo("FORWARD");
        RegistryContract.assertCode(409, () -> client.register(subject, record("x:int")));

        client.deleteCompatibility(subject);

        // Neither Confluent's default, BACKWARD, nor Apicurio's, NONE, minds a field that is gone.
        client.register(subject, record("x:int"));
        assertThat(client.getAllVersions(subject)).containsExactly(1, 2);
    }

    /** Fields as {@code name:type} or {@code name:type=default}. */
    private static AvroSchema record(String fields) {
        String list = Arrays.stream(fields.split(" "))
                .map(field -> {
                    String[] parts = field.split("[:=]");
                    return "{'name': '" + parts[0] + "', 'type': '" + parts[1] + "'"
                            + (parts.length == 3 ? ", 'default': " + parts[2] : "") + "}";
                })
                .collect(Collectors.joining(","));
        return new AvroSchema(("{'type': 'record', 'name': 'Evolving', 'fields': [" + list + "]}").replace('\'', '"'));
    }
}
