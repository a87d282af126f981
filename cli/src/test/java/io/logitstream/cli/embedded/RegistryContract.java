package io.logitstream.cli.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import io.confluent.kafka.schemaregistry.client.CachedSchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.SchemaMetadata;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What serializers, deserializers and tools rely on in a schema registry, seen through Confluent's client and
 * plain HTTP. The tests know nothing of the server behind the address, and each has subjects of its own. Left
 * out is what servers differ in and our clients do not need: Apicurio's has no modes, reports a malformed
 * version as one that is missing, refuses one of two registrations at the same moment, and takes no slash in
 * a subject.
 */
abstract class RegistryContract {

    private final HttpClient http = HttpClient.newHttpClient();
    private final String subject = "contract-" + UUID.randomUUID() + "-value";
    private SchemaRegistryClient client;

    /** Address of the registry's API, without a slash at its end. */
    abstract String url();

    @BeforeEach
    void connect() {
        client = newClient();
    }

    @AfterEach
    void disconnect() throws IOException {
        client.close();
    }

    @Test
    void aRegisteredSchemaIsFoundByIdVersionAndContent() throws Exception {
        AvroSchema schema = schema("Found");

        int id = client.register(subject, schema);

        SchemaRegistryClient other = newClient();
        assertThat(id).isPositive();
        assertThat(other.getSchemaById(id).canonicalString()).isEqualTo(schema.canonicalString());
        assertThat(other.getId(subject, schema)).isEqualTo(id);
        assertThat(other.getVersion(subject, schema)).isEqualTo(1);
        SchemaMetadata latest = other.getLatestSchemaMetadata(subject);
        assertThat(latest.getId()).isEqualTo(id);
        assertThat(latest.getVersion()).isEqualTo(1);
        assertThat(new AvroSchema(latest.getSchema())).isEqualTo(schema);
        assertThat(other.getSchemaMetadata(subject, 1).getId()).isEqualTo(id);
        assertThat(other.getAllSubjects()).contains(subject);
    }

    @Test
    void theSameSchemaKeepsItsIdAndVersion() throws Exception {
        AvroSchema schema = schema("Repeated");
        int id = client.register(subject, schema);

        int again = newClient().register(subject, schema);

        assertThat(again).isEqualTo(id);
        assertThat(client.getAllVersions(subject)).containsExactly(1);
    }

    @Test
    void theSameSchemaHasOneIdInAllSubjects() throws Exception {
        AvroSchema schema = schema("Shared");
        int id = client.register(subject, schema);

        int elsewhere = client.register(subject + "-2", schema);

        assertThat(elsewhere).isEqualTo(id);
        JsonNode uses = get("/schemas/ids/" + id + "/versions", 200);
        assertThat(uses.findValuesAsText("subject")).containsExactlyInAnyOrder(subject, subject + "-2");
    }

    @Test
    void anotherSchemaGetsTheNextVersionAndAnIdOfItsOwn() throws Exception {
        AvroSchema first = schema("Evolving");
        AvroSchema second = schema("Evolving", "{'name': 'later', 'type': 'int', 'default': 0}");
        int firstId = client.register(subject, first);

        int secondId = client.register(subject, second);

        assertThat(secondId).isNotEqualTo(firstId);
        assertThat(client.getAllVersions(subject)).containsExactly(1, 2);
        assertThat(client.getLatestSchemaMetadata(subject).getId()).isEqualTo(secondId);
        assertThat(client.getSchemaMetadata(subject, 1).getId()).isEqualTo(firstId);
    }

    @Test
    void whatIsNotThereHasItsOwnErrorCode() throws Exception {
        client.register(subject, schema("There"));

        assertCode(40401, () -> client.getAllVersions(subject + "-none"));
        assertCode(40401, () -> client.getLatestSchemaMetadata(subject + "-none"));
        assertCode(40401, () -> client.deleteSubject(subject + "-none"));
        assertCode(40402, () -> client.getSchemaMetadata(subject, 7));
        assertCode(40403, () -> client.getSchemaById(2_000_000));
        assertCode(40403, () -> client.getId(subject, schema("Elsewhere")));
    }

    @Test
    void aDeletedSubjectIsHiddenAndItsSchemasStayReadable() throws Exception {
        int id = client.register(subject, schema("Deleted"));

        List<Integer> deleted = client.deleteSubject(subject);

        assertThat(deleted).containsExactly(1);
        assertThat(client.getAllSubjects()).doesNotContain(subject);
        assertCode(40401, () -> newClient().getAllVersions(subject));
        assertCode(40404, () -> newClient().deleteSubject(subject));
        assertThat(newClient().getSchemaById(id)).isEqualTo(schema("Deleted"));
    }

    @Test
    void aSubjectIsRemovedForGoodOnlyAfterItWasDeleted() throws Exception {
        int id = client.register(subject, schema("Removed"));
        assertCode(40405, () -> client.deleteSubject(subject, true));
        client.deleteSubject(subject);

        List<Integer> removed = client.deleteSubject(subject, true);

        assertThat(removed).containsExactly(1);
        assertCode(40403, () -> newClient().getSchemaById(id));
        assertCode(40401, () -> newClient().deleteSubject(subject, true));
    }

    @Test
    void aDeletedVersionIsHiddenAndTheOthersStay() throws Exception {
        client.register(subject, schema("Versions"));
        client.register(subject, schema("Versions", "{'name': 'later', 'type': 'int', 'default': 0}"));
        assertCode(40407, () -> client.deleteSchemaVersion(subject, "1", true));

        int deleted = client.deleteSchemaVersion(subject, "1");

        assertThat(deleted).isEqualTo(1);
        assertThat(newClient().getAllVersions(subject)).containsExactly(2);
        assertCode(40402, () -> newClient().getSchemaMetadata(subject, 1));
        assertCode(40406, () -> newClient().deleteSchemaVersion(subject, "1"));
        assertThat(client.deleteSchemaVersion(subject, "1", true)).isEqualTo(1);
    }

    @Test
    void versionNumbersAreNotUsedTwice() throws Exception {
        client.register(subject, schema("Numbers"));
        client.register(subject, schema("Numbers", "{'name': 'later', 'type': 'int', 'default': 0}"));
        client.deleteSchemaVersion(subject, "2");

        newClient().register(subject, schema("Numbers", "{'name': 'other', 'type': 'int', 'default': 0}"));

        assertThat(newClient().getAllVersions(subject)).containsExactly(1, 3);
    }

    @Test
    void badBodiesAreTheClientsFault() throws Exception {
        String address = "/subjects/" + subject + "/versions";

        assertThat(post(address, "{not json").statusCode()).isEqualTo(400);
        assertThat(post(address, "{\"schema\": \"not a schema\"}").statusCode()).isEqualTo(422);
        assertThat(json(post(address, "{\"schema\": \"not a schema\"}"))
                        .path("error_code")
                        .asInt())
                .isEqualTo(42201);
        assertThat(get("/no/such/address", 404).has("error_code")).isTrue();
        assertCode(40401, () -> newClient().getAllVersions(subject));
    }

    @Test
    void aSchemaAloneIsServedForToolsWithoutAnEnvelope() throws Exception {
        client.register(subject, schema("Alone"));

        JsonNode alone = get("/subjects/" + subject + "/versions/latest/schema", 200);

        assertThat(new AvroSchema(alone.toString())).isEqualTo(schema("Alone"));
        assertThat(get("/schemas/types", 200)).anyMatch(type -> type.asText().equals("AVRO"));
    }

    static AvroSchema schema(String name, String... moreFields) {
        String fields = String.join(",", moreFields);
        return new AvroSchema(("{'type': 'record', 'name': '" + name
                        + "', 'fields': [{'name': 'id', 'type': 'long'}"
                        + (fields.isEmpty() ? "" : ", " + fields) + "]}")
                .replace('\'', '"'));
    }

    static void assertCode(int code, ThrowingCallable call) {
        RestClientException refusal = catchThrowableOfType(RestClientException.class, call);
        assertThat(refusal)
                .isNotNull()
                .extracting(RestClientException::getErrorCode)
                .isEqualTo(code);
    }

    /** A client whose caches are empty, so that its answers are the server's. */
    final SchemaRegistryClient newClient() {
        return new CachedSchemaRegistryClient(url(), 100, Map.of());
    }

    private JsonNode get(String path, int status) throws IOException, InterruptedException {
        HttpResponse<String> response = http.send(
                HttpRequest.newBuilder(URI.create(url() + path)).build(), HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(status);
        return json(response);
    }

    private HttpResponse<String> post(String path, String body) throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(URI.create(url() + path))
                        .header("Content-Type", "application/vnd.schemaregistry.v1+json")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static JsonNode json(HttpResponse<String> response) throws IOException {
        return new ObjectMapper().readTree(response.body());
    }
}
