package io.logitstream.pipeline.config;

import io.logitstream.messages.UsageException;
import java.util.List;

/**
 * Where metrics are served.
 *
 * @param host address to listen on, {@code 127.0.0.1} by default: this machine alone; {@code 0.0.0.0} for all
 * @param port port, 0 for any free one; null, the default, serves none
 * @param hosts names that the server may be asked by beside addresses, localhost and, where {@code host} is not loopback,
 *     names without a dot; none by default, {@code *} for any
 */
public record MetricsConfig(String host, Integer port, List<String> hosts) {
    /** Fills in the defaults. */
    public MetricsConfig {
        host = host == null ? "127.0.0.1" : host;
        hosts = hosts == null ? List.of() : List.copyOf(hosts);
        if (port != null && (port < 0 || port > 65535)) {
            throw new UsageException("metrics.port " + port + " is no port");
        }
    }

    /** Asked by the usual names. */
    public MetricsConfig(String host, Integer port) {
        this(host, port, null);
    }
}
