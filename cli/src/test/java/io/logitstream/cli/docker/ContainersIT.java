package io.logitstream.cli.docker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.cli.testing.CliCall;
import io.logitstream.cli.testing.TinyRun;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.ContainerFetchException;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.Network;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.kafka.KafkaContainer;
import org.testcontainers.utility.DockerImageName;

/**
 * The pipeline on the images of docker/compose.yml, if Docker runs and can pull them. KAFKA_IMAGE,
 * SCHEMA_REGISTRY_IMAGE and SCHEMA_REGISTRY_PATH select other images, as for the compose file.
 */
class ContainersIT {
    private static final String KAFKA_IMAGE = "apache/kafka:4.3.1";
    private static final String REGISTRY_IMAGE = "confluentinc/cp-schema-registry:7.9.1";
    private static final int REGISTRY_PORT = 8081;

    @TempDir
    private static Path folder;

    private static Network network;
    private static KafkaContainer kafka;
    private static GenericContainer<?> registry;
    private static List<String> addresses;

    @BeforeAll
    static void start() {
        Assumptions.assumeTrue(DockerClientFactory.instance().isDockerAvailable(), "no Docker runs here");
        String path = setting("SCHEMA_REGISTRY_PATH", "");
        network = Network.newNetwork();
        kafka = new KafkaContainer(DockerImageName.parse(setting("KAFKA_IMAGE", KAFKA_IMAGE))
                        .asCompatibleSubstituteFor("apache/kafka"))
                .withNetwork(network)
                .withListener("broker:19092");
        registry = new GenericContainer<>(DockerImageName.parse(setting("SCHEMA_REGISTRY_IMAGE", REGISTRY_IMAGE)))
                .withNetwork(network)
                .withExposedPorts(REGISTRY_PORT)
                .withEnv(Map.of(
                        "SCHEMA_REGISTRY_HOST_NAME",
                        "schema-registry",
                        "SCHEMA_REGISTRY_LISTENERS",
                        "http://0.0.0.0:" + REGISTRY_PORT,
                        "SCHEMA_REGISTRY_KAFKASTORE_BOOTSTRAP_SERVERS",
                        "PLAINTEXT://broker:19092"))
                .waitingFor(
                        Wait.forHttp(path + "/subjects").forPort(REGISTRY_PORT).forStatusCode(200));
        try {
            kafka.start();
            registry.start();
        } catch (ContainerFetchException e) {
            Assumptions.abort("an image cannot be pulled: " + e.getMessage());
        }
        addresses = List.of(
                "--bootstrap-server",
                kafka.getBootstrapServers(),
                "--schema-registry",
                "http://" + registry.getHost() + ":" + registry.getMappedPort(REGISTRY_PORT) + path);
    }

    @AfterAll
    static void stop() {
        for (AutoCloseable started : new AutoCloseable[] {registry, kafka, network}) {
            Optional.ofNullable(started).ifPresent(ContainersIT::close);
        }
    }

    @Test
    void thePipelineRunsOnTheImagesOfOthers() throws Exception {
        TinyRun run = TinyRun.create(folder.resolve("run"));
        Path student = folder.resolve("pd");

        assertThat(call(run, "topics")).contains("topic logits: created, 4 partitions");
        assertThat(call(run, "topics")).contains("topic logits: there");
        call(run, "produce", "--held-out");
        call(run, "produce");
        call(run, "teach", "--state", folder.resolve("state").toString());
        call(run, "train", "--out", student.toString());
        JsonNode evaluation = new ObjectMapper().readTree(call(run, "evaluate", "--json", student.toString()));
        JsonNode inspection = new ObjectMapper().readTree(call(run, "inspect", "--json"));

        assertThat(inspection.get("complete").asBoolean()).isTrue();
        assertThat(Files.readAllLines(student.resolve("metrics.jsonl")))
                .hasSize(inspection.at("/batches/tiny").asInt())
                .hasSizeGreaterThan(20);
        assertThat(evaluation.at("/pd/loss").asDouble()).isPositive().isFinite();
    }

    private static String call(TinyRun run, String command, String... arguments) {
        List<String> line = new ArrayList<>(List.of(run.command(command, arguments)));
        line.addAll(addresses);
        return CliCall.run(line.toArray(String[]::new)).requireSuccess().out();
    }

    private static String setting(String variable, String otherwise) {
        return Optional.ofNullable(System.getenv(variable)).orElse(otherwise);
    }

    private static void close(AutoCloseable started) {
        try {
            started.close();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
