package io.logitstream.cli.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.http.LocalServer;
import io.logitstream.pipeline.config.MetricsConfig;
import io.logitstream.pipeline.config.PageConfig;
import io.logitstream.pipeline.metrics.MetricsServer;
import io.logitstream.pipeline.page.LivePageServer;
import io.logitstream.pipeline.page.LivePageSource;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Slow clients and foreign web pages against the metrics server and the live page's server. */
class LocalServerTest {
    private static final int PATIENCE_MS = 1000 * (LocalServer.REQUEST_SECONDS + 5);

    private final MetricsServer metrics = MetricsServer.start(new MetricsConfig(null, 0));
    private final LivePageServer page = LivePageServer.start(new PageConfig(0), new EmptySource());

    private static final class EmptySource implements LivePageSource {
        @Override
        public String title() {
            return "nothing";
        }

        @Override
        public byte[] live() {
            return "{}".getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public byte[] curves() {
            return live();
        }

        @Override
        public byte[] report() {
            return live();
        }

        @Override
        public boolean isOver() {
            return false;
        }
    }

    @AfterEach
    void stop() {
        metrics.close();
        page.close();
    }

    @Test
    void halfSentRequestsHoldNobodyUpAndAreCutOff() throws Exception {
        for (int port : new int[] {metrics.port(), page.port()}) {
            try (RawClient client = new RawClient(port)) {
                List<Socket> held = new ArrayList<>();
                for (int i = 0; i < 40; i++) {
                    held.add(client.send(
                            switch (i % 4) {
                                case 0 -> "GET /metr";
                                case 1 -> "GET /metrics HTTP/1.1\r\nHost: localhost\r\nX-Slow: ";
                                case 2 ->
                                    "POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n{";
                                default -> "";
                            }));
                }
                long start = System.nanoTime();

                assertThat(client.status(get(port, "localhost"))).contains(" 200 ");

                assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start))
                        .isLessThan(3000);
                if (port == page.port()) {
                    // The first two of four: a body that nobody reads is answered at once; a connection without a
                    // byte waits longer.
                    assertThat(held.get(0)).matches(socket -> RawClient.isEnded(socket, PATIENCE_MS));
                    assertThat(held.get(1)).matches(socket -> RawClient.isEnded(socket, PATIENCE_MS));
                    assertThat(held.get(2)).matches(socket -> RawClient.isEnded(socket, PATIENCE_MS));
                }
            }
        }
    }

    @Test
    void aByteNowAndThenDoesNotKeepAConnection() throws Exception {
        try (RawClient client = new RawClient(metrics.port())) {
            Socket slow = client.send("GET /metrics HTTP/1.1\r\nHost: localhost\r\nX: ");
            long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MS);
            boolean cut = false;
            while (!cut && System.nanoTime() < deadline) {
                try {
                    slow.getOutputStream().write('x');
                    cut = RawClient.isEnded(slow, 200);
                } catch (java.io.IOException e) {
                    cut = true;
                }
            }
            assertThat(cut).isTrue();
        }
    }

    @Test
    void hugeHeadersAndManyConnectionsAreBounded() throws Exception {
        try (RawClient client = new RawClient(metrics.port())) {
            String endless = "x".repeat(1 << 20);
            try {
                assertThat(client.status("GET /metrics HTTP/1.1\r\nHost: localhost\r\nX: " + endless + "\r\n\r\n"))
                        .doesNotContain(" 200 ");
            } catch (java.io.IOException e) {
                assertThat(e).hasMessageMatching("(?i).*(reset|broken pipe|abort).*");
            }
            for (int i = 0; i < 400; i++) {
                client.send(i % 2 == 0 ? "" : "G");
            }
            assertThat(client.status(get(metrics.port(), "127.0.0.1"))).contains(" 200 ");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "LOCALHOST", "127.0.0.1", "[::1]", "10.1.2.3", "localhost."})
    void theyAreAskedByNamesThatNoPageElsewhereCanHave(String host) throws Exception {
        assertThat(status(metrics.port(), get(metrics.port(), host))).contains(" 200 ");
        assertThat(status(page.port(), get(page.port(), host))).contains(" 200 ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.example",
                "localhost.evil.example",
                "127.0.0.1.evil.example",
                "metrics",
                "",
                "a, localhost",
                "localhost\r\nHost: evil.example",
                "localhost\r\nOrigin: http://evil.example",
                "localhost\r\nOrigin: null"
            })
    void othersAreRefused(String host) throws Exception {
        assertThat(status(metrics.port(), get(metrics.port(), host))).contains(" 421 ");
        assertThat(status(page.port(), get(page.port(), host))).contains(" 421 ");
    }

    @Test
    void healthChecksWithoutANameAndNamesOfTheUsersChoiceAreAnswered() throws Exception {
        assertThat(status(metrics.port(), "GET /metrics HTTP/1.0\r\n\r\n")).contains(" 200 ");
        assertThat(status(metrics.port(), "GET /metrics HTTP/1.1\r\n\r\n")).contains(" 421 ");
        try (MetricsServer named = MetricsServer.start(new MetricsConfig("0.0.0.0", 0, List.of("pod.example")))) {
            assertThat(status(named.port(), get(named.port(), "pod.example"))).contains(" 200 ");
            assertThat(status(named.port(), get(named.port(), "teach"))).contains(" 200 ");
            assertThat(status(named.port(), get(named.port(), "other.example"))).contains(" 421 ");
        }
    }

    private String get(int port, String host) {
        return "GET " + (port == page.port() ? "/live.json" : "/metrics") + " HTTP/1.1\r\nHost: "
                + (host.contains("\r") || host.isEmpty() || host.contains(",") ? host : host + ":" + port) + "\r\n\r\n";
    }

    private static String status(int port, String request) throws Exception {
        try (RawClient client = new RawClient(port)) {
            return client.status(request);
        }
    }
}
