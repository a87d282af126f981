package io.logitstream.pipeline.metrics;

import io.logitstream.messages.LogitstreamException;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Meters of the Kafka cluster, with the values of the last {@link #update}. */
public final class ClusterMeters {
    private static final String PREFIX = "logitstream.";

    private final MeterRegistry registry;
    private final ClusterSurvey survey;
    private final Map<String, MultiGauge> gauges = new HashMap<>();

    /**
     * Meters without values.
     *
     * @param registry registry of the meters
     * @param survey queried by each update; closed by the caller
     */
    public ClusterMeters(MeterRegistry registry, ClusterSurvey survey) {
        this.registry = registry;
        this.survey = survey;
    }

    /**
     * Queries the brokers. If they do not answer, the number of brokers becomes 0 and all other meters are removed.
     *
     * @throws LogitstreamException if the brokers do not answer
     */
    public void update() {
        try {
            show(survey.values());
        } catch (LogitstreamException e) {
            show(List.of(new ClusterSurvey.Value("cluster.brokers", Tags.empty(), 0)));
            throw e;
        }
    }

    private void show(List<ClusterSurvey.Value> values) {
        Map<String, List<ClusterSurvey.Value>> byName =
                values.stream().collect(Collectors.groupingBy(ClusterSurvey.Value::name));
        byName.keySet()
                .forEach(name -> gauges.computeIfAbsent(
                        name, key -> MultiGauge.builder(PREFIX + key).register(registry)));
        gauges.forEach((name, gauge) -> gauge.register(
                byName.getOrDefault(name, List.of()).stream()
                        .map(value -> MultiGauge.Row.of(value.tags(), value.value()))
                        .collect(Collectors.toList()),
                true));
    }
}
