package io.logitstream.cli.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import io.confluent.kafka.schemaregistry.client.CachedSchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.logitstream.cli.http.RawClient;
import io.logitstream.embedded.EmbeddedCluster;
import io.logitstream.embedded.EmbeddedSettings;
import io.logitstream.embedded.registry.EmbeddedRegistry;
import io.logitstream.messages.LogitstreamException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedRegistryIT {

    @TempDir
    private static Path folder;

    private static EmbeddedCluster cluster;

    private final HttpClient http = HttpClient.newHttpClient();

    @BeforeAll
    static void start() {
        cluster = EmbeddedCluster.start(folder, EmbeddedSettings.defaults());
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Nested
    class Contract extends RegistryContract {
        @Override
        String url() {
            return cluster.schemaRegistry();
        }
    }

    @Nested
    class Levels extends CompatibilityContract {
        @Override
        String url() {
            return cluster.schemaRegistry();
        }
    }

    @Test
    void theRestOfConfluentsAddressesAnswers() throws Exception {
        int id = client().register("addresses-value", RegistryContract.schema("Addresses"));

        assertThat(answer("GET", "/", null, 200)).isEmpty();
        assertThat(answer("GET", "/mode", null, 200).path("mode").asText()).isEqualTo("READWRITE");
        assertThat(answer("GET", "/mode/addresses-value?defaultToGlobal=true", null, 200)
                        .path("mode")
                        .asText())
                .isEqualTo("READWRITE");
        assertThat(answer("GET", "/schemas/ids/" + id + "/schema", null, 200)
                        .path("name")
                        .asText())
                .isEqualTo("Addresses");
        assertThat(answer("GET", "/schemas/ids/" + id + "/subjects", null, 200)).hasToString("[\"addresses-value\"]");
        assertThat(answer("GET", "/subjects?subjectPrefix=:*:addresses", null, 200))
                .hasSize(1);
        assertThat(answer("GET", "/config/addresses-value?defaultToGlobal=true", null, 200)
                        .path("compatibilityLevel")
                        .asText())
                .isEqualTo("BACKWARD");
    }

    @Test
    void everyRefusalHasConfluentsCode() throws Exception {
        String versions = "/subjects/refused-value/versions";
        client().register("refused-value", RegistryContract.schema("Refused"));

        assertCode(42202, "GET", versions + "/0", null);
        assertCode(42202, "GET", versions + "/first", null);
        assertCode(42203, "PUT", "/config/refused-value", "{\"compatibility\": \"SOMETIMES\"}");
        assertCode(40401, "DELETE", "/config/refused-value", null);
        assertCode(40409, "GET", "/mode/refused-value", null);
        assertCode(42201, "POST", versions, "{\"schema\": \"{}\", \"schemaType\": \"PROTOBUF\"}");
        assertCode(42201, "POST", versions, "{\"schema\": \"\\\"int\\\"\", \"references\": [{\"name\": \"x\"}]}");
        assertCode(42201, "POST", versions, "{}");
        assertCode(42205, "POST", versions, "{\"schema\": \"\\\"int\\\"\", \"id\": 7}");
        assertCode(42208, "POST", "/subjects/%01/versions", "{\"schema\": \"\\\"int\\\"\"}");
        assertCode(400, "POST", versions, "[]");
        assertCode(400, "POST", versions, "");
        assertCode(400, "POST", versions, "{\"schema\": \"\\\"int\\\"\"} trailing");
        assertCode(400, "POST", versions, "[".repeat(100_000));
        assertCode(405, "PUT", versions, "{}");
        assertCode(404, "GET", "/schemas/ids/none", null);
        assertCode(413, "POST", versions, " ".repeat(3 * 1024 * 1024));
        assertCode(
                42201,
                "POST",
                versions,
                new ObjectMapper()
                        .writeValueAsString(Map.of("schema", "{\"type\": \"array\", \"items\": ".repeat(5000))));
    }

    @Test
    void aSubjectWithoutALevelSaysSo() throws Exception {
        client().register("levelless-value", RegistryContract.schema("Levelless"));

        RegistryContract.assertCode(40408, () -> client().getCompatibility("levelless-value"));
    }

    @Test
    void subjectNamesMayHoldSlashesAndSpaces() throws Exception {
        String name = "a/b with spaces+plus%2Fpercent-value";

        int id = client().register(name, RegistryContract.schema("Named"));

        assertThat(client().getId(name, RegistryContract.schema("Named"))).isEqualTo(id);
        assertThat(client().getAllSubjects()).contains(name);
    }

    @Test
    void registrationsAtTheSameTimeAgreeOnIdsAndVersions() throws Exception {
        int schemas = 4;
        client().register("concurrent-value", RegistryContract.schema("Concurrent"));
        List<Callable<Integer>> registrations = new ArrayList<>();
        for (int i = 0; i < 2 * schemas; i++) {
            AvroSchema schema = RegistryContract.schema(
                    "Concurrent", "{'name': 'f" + i % schemas + "', 'type': 'int', 'default': 0}");
            registrations.add(() -> client().register("concurrent-value", schema));
        }

        List<Integer> ids = new ArrayList<>();
        ExecutorService threads = Executors.newFixedThreadPool(registrations.size());
        for (Future<Integer> id : threads.invokeAll(registrations)) {
            ids.add(id.get());
        }
        threads.shutdown();

        assertThat(new HashSet<>(ids)).hasSize(schemas);
        assertThat(ids.subList(0, schemas)).isEqualTo(ids.subList(schemas, 2 * schemas));
        assertThat(client().getAllVersions("concurrent-value")).containsExactly(1, 2, 3, 4, 5);
    }

    @Test
    void aPortInUseIsNamed() {
        int port = URI.create(cluster.schemaRegistry()).getPort();

        assertThatThrownBy(() -> EmbeddedRegistry.start(cluster.bootstrapServers(), port))
                .isInstanceOf(LogitstreamException.class)
                .hasMessageContaining("port " + port + " in use");
    }

    @Test
    void halfSentRequestsHoldNobodyUp() throws Exception {
        try (RawClient client =
                new RawClient(URI.create(cluster.schemaRegistry()).getPort())) {
            for (int i = 0; i < 40; i++) {
                client.send(
                        i % 2 == 0
                                ? "POST /subjects/held-value/versions HTTP/1.1\r\nHost: localhost\r\nContent-Type:"
                                        + " application/json\r\nContent-Length: 1000\r\n\r\n{"
                                : "GET /subj");
            }

            assertThat(client.status("GET /subjects HTTP/1.1\r\nHost: localhost\r\n\r\n"))
                    .contains(" 200 ");
        }
    }

    @Test
    void aWebPageElsewhereRegistersNothing() throws Exception {
        String schema = "{\"schema\": \"\\\"string\\\"\"}";
        for (String header : List.of(
                "Content-Type: text/plain",
                "Content-Type: application/x-www-form-urlencoded",
                "Content-Type: multipart/form-data; boundary=x",
                "Content-Type: text/plain;application/json",
                "X-No-Type: x")) {
            assertThat(register("localhost", header, schema)).as(header).contains(" 415 ");
        }
        assertThat(register("rebound.example", "Content-Type: application/json", schema))
                .contains(" 421 ");
        assertThat(register("localhost", "Content-Type: application/json\r\nOrigin: http://elsewhere.example", schema))
                .contains(" 421 ");
        assertThat(client().getAllSubjects()).doesNotContain("from-a-page");

        assertThat(register("127.0.0.1:8081", "Content-Type: application/vnd.schemaregistry.v1+json", schema))
                .contains(" 200 ");
        assertThat(register("localhost", "Content-Type: Application/JSON; charset=utf-8", schema))
                .contains(" 200 ");
        assertThat(client().getAllSubjects()).contains("from-a-page");
    }

    private static String register(String host, String header, String body) throws Exception {
        try (RawClient client =
                new RawClient(URI.create(cluster.schemaRegistry()).getPort())) {
            return client.status("POST /subjects/from-a-page/versions HTTP/1.1\r\nHost: " + host + "\r\n" + header
                    + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
        }
    }

    private void assertCode(int code, String method, String path, String body) throws Exception {
        int status = code < 1000 ? code : code / 100;
        assertThat(answer(method, path, body, status).path("error_code").asInt())
                .isEqualTo(code);
    }

    private JsonNode answer(String method, String path, String body, int status) throws Exception {
        HttpRequest.BodyPublisher publisher =
                body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body);
        HttpResponse<String> response = http.send(
                HttpRequest.newBuilder(URI.create(cluster.schemaRegistry() + path))
                        .header("Content-Type", "application/json")
                        .method(method, publisher)
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.headers().allValues("Content-Type"))
                .isEqualTo(List.of("application/vnd.schemaregistry.v1+json"));
        return new ObjectMapper().readTree(response.body());
    }

    private static SchemaRegistryClient client() {
        return new CachedSchemaRegistryClient(cluster.schemaRegistry(), 100, Map.of());
    }
}
