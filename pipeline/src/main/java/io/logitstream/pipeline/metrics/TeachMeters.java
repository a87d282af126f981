package io.logitstream.pipeline.metrics;

import io.logitstream.schemas.Teacher;
import io.logitstream.teacher.model.TeachListener;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;

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

    @Override
    public void onBatch(int tokens, int kept, int bytes) {
        meters.count("batches", 1);
        meters.count("tokens", tokens);
        meters.count("kept.entries", kept);
        meters.count("record.bytes", bytes);
        next.onBatch(tokens, kept, bytes);
    }

    @Override
    public void onTeacher(Teacher teacher) {
        meters.count("changes", 1);
        next.onTeacher(teacher);
    }
}
