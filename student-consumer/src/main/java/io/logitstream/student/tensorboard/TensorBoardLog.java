package io.logitstream.student.tensorboard;

import io.logitstream.student.evaluation.Evaluation;
import io.logitstream.student.metrics.FlatValues;
import io.logitstream.student.metrics.StepMetrics;
import io.logitstream.student.training.TrainingListener;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Writes the metrics of a run as TensorBoard scalars over the step, those of {@code metrics.jsonl} and the tokens per
 * second, and its settings as hyperparameters, by which runs can be compared. Each process writes its own file. A
 * process that continues a run makes readers drop the steps that it repeats. Nothing is written before the first step.
 */
public final class TensorBoardLog implements TrainingListener, AutoCloseable {
    /** Longest time between flushes: a killed run loses no more events than those. */
    private static final long FLUSH_PAUSE = TimeUnit.SECONDS.toNanos(2);

    private static final String HELD_OUT = "heldOut.";

    private final Path folder;
    private final Map<String, Object> hyperparameters;
    private EventFile file;
    private long tokensBefore;
    private long timeBefore;
    private long flushed;

    /**
     * A log.
     *
     * @param folder folder of the run's event files
     * @param hyperparameters settings by name: Double, Boolean or String
     */
    public TensorBoardLog(Path folder, Map<String, Object> hyperparameters) {
        this.folder = folder;
        this.hyperparameters = new LinkedHashMap<>(hyperparameters);
    }

    /**
     * Adds the evaluation of a finished student to its run; the hparams view can sort runs by it.
     *
     * @param folder folder of the run's event files
     * @param step last step of the training
     */
    public static void addEvaluation(Path folder, long step, Evaluation evaluation) {
        double wallTime = System.currentTimeMillis() / 1e3;
        Map<String, Double> values = new LinkedHashMap<>();
        FlatValues.of((Object) evaluation).forEach((name, value) -> {
            if (value instanceof Double number) {
                values.put("heldOut/" + name, number);
            }
        });
        try (EventFile file = new EventFile(folder, (long) wallTime)) {
            file.write(Events.fileVersion(wallTime));
            file.write(Events.scalars(wallTime, step, values));
        }
    }

    @Override
    public void onStart(long tokens, long budget, long parameters) {
        hyperparameters.put("parameters", (double) parameters);
        tokensBefore = tokens;
        timeBefore = System.nanoTime();
    }

    @Override
    public void onStep(StepMetrics metrics, long lag) {
        double wallTime = System.currentTimeMillis() / 1e3;
        if (file == null) {
            file = new EventFile(folder, (long) wallTime);
            file.write(Events.fileVersion(wallTime));
            file.write(Events.sessionStart(wallTime, metrics.step()));
            file.write(Events.hyperparameters(wallTime, hyperparameters));
        }
        long now = System.nanoTime();
        Map<String, Double> values = new LinkedHashMap<>();
        FlatValues.of(metrics)
                .forEach((name, value) ->
                        values.put(name.startsWith(HELD_OUT) ? name.replace('.', '/') : "train/" + name, value));
        values.put(
                "train/tokensPerSecond", (metrics.tokens() - tokensBefore) / Math.max(1e-9, (now - timeBefore) / 1e9));
        values.put("train/lag", (double) lag);
        file.write(Events.scalars(wallTime, metrics.step(), values));
        tokensBefore = metrics.tokens();
        timeBefore = now;
        if (now - flushed > FLUSH_PAUSE) {
            flushed = now;
            file.flush();
        }
    }

    @Override
    public void onCheckpoint(long step) {
        if (file != null) {
            file.flush();
        }
    }

    @Override
    public void close() {
        if (file != null) {
            file.close();
        }
    }
}
