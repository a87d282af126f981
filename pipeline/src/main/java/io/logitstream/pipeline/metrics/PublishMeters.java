package io.logitstream.pipeline.metrics;

import io.logitstream.producers.PublishListener;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.Map;

/** Meters of a publisher; forwards all events to another listener. */
public final class PublishMeters implements PublishListener, AutoCloseable {
    private final MeterGroup meters;
    private final PublishListener next;

    /**
     * Meters of a publisher.
     *
     * @param registry registry of the meters
     * @param topic value of the tag {@code topic}
     * @param next listener to forward to
     */
    public PublishMeters(MeterRegistry registry, String topic, PublishListener next) {
        this.meters = new MeterGroup(registry, "logitstream.publisher.", Tags.of("topic", topic));
        this.next = next;
    }

    @Override
    public void committed(long batches, long predictedTokens, double fraction) {
        meters.set("committed.batches", batches);
        meters.set("committed.tokens", predictedTokens);
        meters.set("progress", fraction);
        next.committed(batches, predictedTokens, fraction);
    }

    @Override
    public void shares(Map<String, Long> tokens) {
        next.shares(tokens);
    }

    @Override
    public void close() {
        meters.close();
    }
}
