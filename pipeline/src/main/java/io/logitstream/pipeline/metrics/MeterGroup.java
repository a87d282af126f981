package io.logitstream.pipeline.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;

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
    /** Meters hold their sources weakly. */
    private final Map<String, LongSupplier> followed = new HashMap<>();

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

    /** Registers a gauge that is read when the meters are; a later one of the same name replaces it. */
    synchronized void watch(String name, IntSupplier value) {
        removeBefore(name);
        made.put(name, Gauge.builder(prefix + name, value::getAsInt).tags(tags).register(registry));
    }

    /** Registers a counter that is read when the meters are; a later one of the same name replaces it. */
    synchronized void follow(String name, LongSupplier total) {
        removeBefore(name);
        followed.put(name, total);
        made.put(
                name,
                FunctionCounter.builder(prefix + name, total, LongSupplier::getAsLong)
                        .tags(tags)
                        .register(registry));
    }

    // A second stream of the process would otherwise go on with the source of the first.
    private void removeBefore(String name) {
        Meter before = registry.find(prefix + name).tags(tags).meter();
        if (before != null) {
            registry.remove(before);
        }
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
