package io.logitstream.pipeline.config;

import io.logitstream.messages.UsageException;
import io.logitstream.pipeline.metrics.KafkaMeters;
import io.logitstream.schemas.kafka.KafkaSettings;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Where metrics are served.
 *
 * @param host address to listen on, {@code 127.0.0.1} by default: this machine alone; {@code 0.0.0.0} for all
 * @param port port, 0 for any free one; null, the default, serves none
 * @param hosts names that the server may be asked by beside addresses, localhost and, where {@code host} is not loopback,
 *     names without a dot; none by default, {@code *} for any
 */
public record MetricsConfig(String host, Integer port, List<String> hosts) {
    private static final String REPORTERS = "metric.reporters";

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

    /** The same settings of Kafka's clients, whose own metrics are served too if any are. */
    public KafkaSettings reporting(KafkaSettings kafka) {
        if (port == null) {
            return kafka;
        }
        Map<String, String> properties = new HashMap<>(kafka.properties());
        properties.merge(
                REPORTERS,
                "org.apache.kafka.common.metrics.JmxReporter," + KafkaMeters.class.getName(),
                (given, none) -> given + "," + KafkaMeters.class.getName());
        return new KafkaSettings(kafka.bootstrapServers(), kafka.schemaRegistry(), properties);
    }
}
