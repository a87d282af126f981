package io.logitstream.pipeline.metrics;

import io.logitstream.messages.LogitstreamException;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Meters of the cluster itself, as it was at the last {@link #update}. */
public final class ClusterMeters {
    private static final String PREFIX = "logitstream.";

    private final MeterRegistry registry;
    private final ClusterSurvey survey;
    private final Map<String, MultiGauge> gauges = new HashMap<>();

    /**
     * Meters without values yet.
     *
     * @param registry where they are
     * @param survey asked by each update; the caller closes it
     */
    public ClusterMeters(MeterRegistry registry, ClusterSurvey survey) {
        this.registry = registry;
        this.survey = survey;
    }

    /**
     * Asks the brokers again. Where they do not answer, no broker is counted and nothing else is known.
     *
     * @throws LogitstreamException when they do not
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
