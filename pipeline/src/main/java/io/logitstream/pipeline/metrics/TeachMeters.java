package io.logitstream.pipeline.metrics;

import io.logitstream.schemas.Teacher;
import io.logitstream.teacher.model.PassListener;
import io.logitstream.teacher.model.TeachListener;
import io.logitstream.teacher.served.ServerTraffic;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.function.IntSupplier;

/** Counters of the teacher stream; forwards all events to another listener. */
public final class TeachMeters implements TeachListener {
    private final MeterGroup meters;
    private final TeachListener next;

    /**
     * Meters of the teacher stream.
     *
     * @param registry registry of the meters
     * @param next listener to forward to
     */
    public TeachMeters(MeterRegistry registry, TeachListener next) {
        this.meters = new MeterGroup(registry, "logitstream.teacher.", Tags.empty());
        this.next = next;
    }

    /** Adds counters of the requests to a teacher's server. */
    public TeachMeters following(ServerTraffic traffic) {
        meters.follow("server.requests", traffic::requests);
        meters.follow("server.failures", traffic::failures);
        meters.follow("server.sent.bytes", traffic::sentBytes);
        meters.follow("server.received.bytes", traffic::receivedBytes);
        return this;
    }

    @Override
    public void onBatch(int tokens, int kept, int bytes) {
        meters.count("batches", 1);
        meters.count("tokens", tokens);
        meters.count("kept.entries", kept);
        meters.count("record.bytes", bytes);
        next.onBatch(tokens, kept, bytes);
    }

    @Override
    public void onTextLoss(int tokens, double nats) {
        meters.count("text.tokens", tokens);
        meters.count("text.nats", nats);
        next.onTextLoss(tokens, nats);
    }

    @Override
    public PassListener onPass(int tokens) {
        return next.onPass(tokens);
    }

    @Override
    public void onLookAhead(IntSupplier inFlight) {
        meters.watch("in.flight", inFlight);
        next.onLookAhead(inFlight);
    }

    @Override
    public void onTeacher(Teacher teacher) {
        meters.count("changes", 1);
        next.onTeacher(teacher);
    }
}
