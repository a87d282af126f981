package io.logitstream.pipeline.metrics;

import com.sun.net.httpserver.HttpExchange;
import io.logitstream.http.HostCheck;
import io.logitstream.http.LocalServer;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.UsageException;
import io.logitstream.pipeline.config.MetricsConfig;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Metrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Serves {@code /metrics} in Prometheus' text format: all meters of Micrometer's global registry. */
public final class MetricsServer implements AutoCloseable {
    private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final JvmGcMetrics garbageCollection = new JvmGcMetrics();
    private final LocalServer server;
    private final HostCheck hosts;

    private MetricsServer(LocalServer server, HostCheck hosts) {
        this.server = server;
        this.hosts = hosts;
        Metrics.addRegistry(registry);
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        garbageCollection.bindTo(registry);
        Gauge.builder("process.resident.memory", ResidentMemory::bytes)
                .baseUnit("bytes")
                .description("Memory of the process in RAM, libtorch's tensors included")
                .register(registry);
        server.serve("/metrics", this::answer);
    }

    /**
     * Starts the server and prints its address to standard error.
     *
     * @param config address to listen on
     * @return the server; null if no port is configured
     * @throws UsageException if the address cannot be listened on
     */
    public static MetricsServer start(MetricsConfig config) {
        if (config.port() == null) {
            return null;
        }
        InetSocketAddress address = new InetSocketAddress(config.host(), config.port());
        try {
            List<String> names = new ArrayList<>(config.hosts());
            names.add(config.host());
            boolean loopback =
                    address.getAddress() != null && address.getAddress().isLoopbackAddress();
            MetricsServer started = new MetricsServer(
                    LocalServer.bind(address, "metrics"),
                    loopback ? HostCheck.onLoopback(names) : HostCheck.onNetwork(names));
            System.err.printf("metrics on http://%s:%d/metrics%n", config.host(), started.port());
            return started;
        } catch (IOException | RuntimeException e) {
            throw new UsageException("metrics cannot be served on " + config.host() + ":" + config.port() + ": "
                    + FailureText.of(e) + "; choose another metrics.port, or none");
        }
    }

    /** The port that the server listens on. */
    public int port() {
        return server.port();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String refusal = hosts.refusal(exchange, "metrics.hosts");
            boolean get = exchange.getRequestMethod().equals("GET");
            int code = refusal != null ? 421 : get ? 200 : 405;
            byte[] body = (code == 200 ? registry.scrape() : refusal != null ? refusal + "\n" : "only GET is allowed\n")
                    .getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", TEXT);
            exchange.sendResponseHeaders(code, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    @Override
    public void close() {
        server.close();
        garbageCollection.close();
        Metrics.removeRegistry(registry);
        registry.close();
    }
}
