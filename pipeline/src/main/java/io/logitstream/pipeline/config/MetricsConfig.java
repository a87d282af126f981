package io.logitstream.pipeline.config;

import io.logitstream.messages.UsageException;
import java.util.List;

/**
 * Address at which metrics are served.
 *
 * @param host address to listen on; {@code 127.0.0.1} by default, {@code 0.0.0.0} for all interfaces
 * @param port port in [0, 65535], 0 for any free one; null, the default, serves no metrics
 * @param hosts host names that requests may name, beside addresses, localhost and, if {@code host} is not loopback,
 *     names without a dot; none by default, {@code *} for any
 */
public record MetricsConfig(String host, Integer port, List<String> hosts) {
    /** Fills in the defaults and checks the range. */
    public MetricsConfig {
        host = host == null ? "127.0.0.1" : host;
        hosts = hosts == null ? List.of() : List.copyOf(hosts);
        if (port != null && (port < 0 || port > 65535)) {
            throw new UsageException("metrics.port " + port + " is not in [0, 65535]");
        }
    }

    /** A server with no further host names. */
    public MetricsConfig(String host, Integer port) {
        this(host, port, null);
    }
}
