package io.logitstream.pipeline.metrics;

import io.logitstream.pipeline.config.MetricsConfig;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Metrics;
import io.micrometer.core.instrument.Tags;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.metrics.KafkaMetric;
import org.apache.kafka.common.metrics.MetricsReporter;

/**
 * Kafka's own metrics of every client in this process, including those inside Kafka Streams, under the names of
 * Micrometer's {@code KafkaClientMetrics}. Kafka creates this class from {@code metric.reporters}, so that clients need
 * not be passed around.
 */
public final class KafkaMeters implements MetricsReporter {
    private static final String REPORTERS = "metric.reporters";
    /** Tags of all meters. Every meter has all of them, as Prometheus requires the same labels under one name. */
    private static final List<String> TAGS = List.of("client-id", "topic", "partition", "thread-id", "task-id");
    /** Left out: many meters of little use. */
    private static final Set<String> LEFT_OUT_GROUPS = Set.of("app-info", "kafka-metrics-count");

    private final MeterRegistry registry = Metrics.globalRegistry;
    private final Map<MetricName, Meter> meters = new ConcurrentHashMap<>();

    /** Called by Kafka through reflection. */
    public KafkaMeters() {}

    /**
     * Adds this reporter to the settings of Kafka clients, if metrics are served.
     *
     * @param metrics where metrics are served
     * @param kafka settings of the clients
     */
    public static KafkaSettings reporting(MetricsConfig metrics, KafkaSettings kafka) {
        if (metrics.port() == null) {
            return kafka;
        }
        Map<String, String> properties = new HashMap<>(kafka.properties());
        properties.merge(
                REPORTERS,
                "org.apache.kafka.common.metrics.JmxReporter," + KafkaMeters.class.getName(),
                (given, none) -> given + "," + KafkaMeters.class.getName());
        return new KafkaSettings(kafka.bootstrapServers(), kafka.schemaRegistry(), properties);
    }

    @Override
    public void configure(Map<String, ?> configs) {}

    @Override
    public void init(List<KafkaMetric> metrics) {
        metrics.forEach(this::metricChange);
    }

    @Override
    public void metricChange(KafkaMetric metric) {
        MetricName name = metric.metricName();
        if (LEFT_OUT_GROUPS.contains(name.group())
                || !TAGS.containsAll(name.tags().keySet())) {
            return;
        }
        // Otherwise the registry would keep reading the metric that this one replaces.
        metricRemoval(metric);
        meters.put(name, meter(metric));
    }

    private Meter meter(KafkaMetric metric) {
        MetricName name = metric.metricName();
        Tags tags = Tags.empty();
        for (String tag : TAGS) {
            tags = tags.and(tag.replace('-', '.'), name.tags().getOrDefault(tag, ""));
        }
        String title = ("kafka." + name.group() + "." + name.name())
                .replace("-metrics", "")
                .replace('-', '.');
        return name.name().endsWith("-total")
                ? FunctionCounter.builder(title, metric, KafkaMeters::value)
                        .tags(tags)
                        .description(name.description())
                        .register(registry)
                : Gauge.builder(title, metric, KafkaMeters::value)
                        .tags(tags)
                        .description(name.description())
                        .register(registry);
    }

    // Some metrics are texts, or have no value yet.
    private static double value(KafkaMetric metric) {
        return metric.metricValue() instanceof Number number ? number.doubleValue() : Double.NaN;
    }

    @Override
    public void metricRemoval(KafkaMetric metric) {
        Meter meter = meters.remove(metric.metricName());
        if (meter != null) {
            registry.remove(meter);
        }
    }

    @Override
    public void close() {
        meters.values().forEach(registry::remove);
        meters.clear();
    }
}
