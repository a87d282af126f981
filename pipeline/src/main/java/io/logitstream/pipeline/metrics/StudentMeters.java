package io.logitstream.pipeline.metrics;

import io.logitstream.student.metrics.FlatValues;
import io.logitstream.student.metrics.StepMetrics;
import io.logitstream.student.training.TrainingListener;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.Locale;

/** Meters of a student in training: a gauge for each number of {@link StepMetrics}, and counters. */
public final class StudentMeters implements TrainingListener, AutoCloseable {
    private final MeterGroup meters;
    private long tokens;
    private long budget;

    /**
     * Meters of a student.
     *
     * @param registry registry of the meters
     * @param student value of the tag {@code student}
     */
    public StudentMeters(MeterRegistry registry, String student) {
        meters = new MeterGroup(registry, "logitstream.student.", Tags.of("student", student));
    }

    @Override
    public void onStart(long tokensDone, long budgetOfRun, long parameters) {
        tokens = tokensDone;
        budget = budgetOfRun;
        meters.set("parameters", parameters);
        meters.count("steps", 0);
        meters.count("tokens", 0);
        meters.count("waits", 0);
        meters.count("checkpoints", 0);
    }

    @Override
    public void onStep(StepMetrics metrics, long lag) {
        FlatValues.of(metrics).forEach((name, value) -> {
            if (!name.equals("tokens")) {
                meters.set(dotted(name), value);
            }
        });
        meters.set("step", metrics.step());
        meters.set("progress", (double) metrics.tokens() / budget);
        meters.set("lag.records", lag);
        meters.count("steps", 1);
        meters.count("tokens", metrics.tokens() - tokens);
        tokens = metrics.tokens();
    }

    // Micrometer converts dots to each monitoring system's style; Prometheus gets learning_rate.
    private static String dotted(String camelCase) {
        return camelCase.replaceAll("([a-z])([A-Z])", "$1.$2").toLowerCase(Locale.ROOT);
    }

    @Override
    public void onWaiting() {
        meters.count("waits", 1);
    }

    @Override
    public void onCheckpoint(long step) {
        meters.count("checkpoints", 1);
    }

    @Override
    public void close() {
        meters.close();
    }
}
