package io.logitstream.pipeline.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.LinkedHashMap;
import java.util.Map;

/** Meters with a common prefix and common tags. Each is created when it is first set and removed on {@link #close}. */
final class MeterGroup implements AutoCloseable {
    private static final class Value {
        private volatile double now;
    }

    private final MeterRegistry registry;
    private final String prefix;
    private final Tags tags;
    private final Map<String, Value> gauges = new LinkedHashMap<>();
    private final Map<String, Meter> made = new LinkedHashMap<>();

    MeterGroup(MeterRegistry registry, String prefix, Tags tags) {
        this.registry = registry;
        this.prefix = prefix;
        this.tags = tags;
    }

    synchronized void set(String name, double value) {
        gauges.computeIfAbsent(name, key -> {
                    Value held = new Value();
                    made.put(
                            key,
                            Gauge.builder(prefix + key, () -> held.now)
                                    .tags(tags)
                                    .register(registry));
                    return held;
                })
                .now = value;
    }

    synchronized void count(String name, double amount) {
        ((Counter) made.computeIfAbsent(
                        name, key -> Counter.builder(prefix + key).tags(tags).register(registry)))
                .increment(amount);
    }

    @Override
    public synchronized void close() {
        made.values().forEach(registry::remove);
        made.clear();
        gauges.clear();
    }
}
