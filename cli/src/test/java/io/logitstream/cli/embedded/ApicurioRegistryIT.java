package io.logitstream.cli.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.embedded.registry.LoopbackSockets;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;

/**
 * The registry's contract against a server of others, so that the contract is not only what we think it is.
 */
class ApicurioRegistryIT {

    private static ChildJvm server;
    private static String url;

    @BeforeAll
    static void start() throws IOException {
        String folder = System.getProperty("apicurio.folder");
        Assumptions.assumeTrue(folder != null, "system property apicurio.folder is not set: run mvn verify");
        int port;
        try (LoopbackSockets sockets = new LoopbackSockets()) {
            port = sockets.bind("http", 0);
        }
        url = "http://127.0.0.1:" + port + "/apis/ccompat/v7";
        server = ChildJvm.run(
                List.of(
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Xmx256m",
                        "-Dquarkus.http.host=127.0.0.1",
                        "-Dquarkus.http.port=" + port,
                        "-jar",
                        runner(Path.of(folder)).toString()),
                Path.of(folder, "server.log"));
        Awaitility.await()
                .atMost(Duration.ofMinutes(2))
                .pollInterval(Duration.ofMillis(250))
                .until(() -> {
                    assertThat(server.isAlive())
                            .as("the server runs, see server.log in %s", folder)
                            .isTrue();
                    return answers();
                });
    }

    @AfterAll
    static void stop() throws InterruptedException {
        if (server != null) {
            server.close();
        }
    }

    @Nested
    class Contract extends RegistryContract {
        @Override
        String url() {
            return url;
        }
    }

    @Nested
    class Levels extends CompatibilityContract {
        @Override
        String url() {
            return url;
        }
    }

    private static Path runner(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith("-runner.jar"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static boolean answers() {
        try {
            HttpURLConnection connection =
                    (HttpURLConnection) URI.create(url + "/subjects").toURL().openConnection();
            return connection.getResponseCode() == 200;
        } catch (IOException e) {
            return false;
        }
    }
}
