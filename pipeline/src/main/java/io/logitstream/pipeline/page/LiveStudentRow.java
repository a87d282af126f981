package io.logitstream.pipeline.page;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.logitstream.pipeline.status.TokenRate;
import io.logitstream.student.metrics.FlatValues;
import io.logitstream.student.metrics.StepMetrics;
import io.logitstream.student.training.TrainingListener;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A student on the live page: a row of the table and its curves. Written by the training thread, read by the server's
 * threads.
 */
public final class LiveStudentRow implements TrainingListener {
    /**
     * Content of the table row.
     *
     * @param state {@code waiting}, {@code running}, {@code trained}, {@code finished} or {@code failed}
     * @param tokens predicted tokens so far
     * @param budget predicted tokens of the whole run; null if unknown
     * @param perSecond predicted tokens per second; null while the student does not train
     * @param loss loss of the last step
     * @param lag records waiting in the topic
     * @param heldOut loss on the held-out text; null before the evaluation
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record View(
            String id,
            String name,
            String state,
            long tokens,
            Long budget,
            Double perSecond,
            Double secondsLeft,
            Double loss,
            Double lm,
            Double kd,
            Long lag,
            Double heldOut,
            String failure) {
        /** Whether training is over. */
        @JsonIgnore
        boolean isDone() {
            return !state.equals("running") && !state.equals("waiting");
        }
    }

    private final String id;
    private final String name;
    private final Path metricsFile;
    private final TokenRate rate = new TokenRate();
    private String state = "waiting";
    private TrainingCurves curves = new TrainingCurves();
    private StepMetrics last;
    private long tokens;
    private Long budget;
    private Long lag;
    private Double heldOut;
    private String failure;

    /**
     * A student that has not started.
     *
     * @param id id of its run
     * @param name display name
     * @param metricsFile its {@code metrics.jsonl}, from which a continued run reads its earlier steps
     * @param budget predicted tokens of the run; null if unknown
     */
    public LiveStudentRow(String id, String name, Path metricsFile, Long budget) {
        this.id = id;
        this.name = name;
        this.metricsFile = metricsFile;
        this.budget = budget;
    }

    String id() {
        return id;
    }

    @Override
    public synchronized void onStart(long tokensDone, long budgetOfRun, long parameters) {
        state = "running";
        failure = null;
        tokens = tokensDone;
        budget = budgetOfRun;
        rate.start();
        curves = tokensDone == 0 ? new TrainingCurves() : TrainingCurves.read(metricsFile);
    }

    @Override
    public synchronized void onStep(StepMetrics metrics, long recordsWaiting) {
        rate.add(metrics.tokens() - tokens);
        last = metrics;
        tokens = metrics.tokens();
        lag = recordsWaiting;
        Map<String, Double> values = FlatValues.of(metrics);
        curves.add(tokens, term -> values.getOrDefault(term, 0.0));
    }

    public synchronized void trained() {
        state = "trained";
        rate.end();
        lag = null;
    }

    public synchronized void finished(double heldOutLoss, long tokensDone) {
        state = "finished";
        heldOut = heldOutLoss;
        tokens = tokensDone;
        lag = null;
        // From now on the report shows the curves.
        curves = new TrainingCurves();
    }

    public synchronized void failed(String why) {
        state = "failed";
        failure = why;
    }

    synchronized View view() {
        boolean running = state.equals("running");
        Double perSecond = running ? rate.perSecond() : null;
        return new View(
                id,
                name,
                state,
                tokens,
                budget,
                perSecond,
                perSecond == null || perSecond <= 0 || budget == null
                        ? null
                        : Double.valueOf((budget - tokens) / perSecond),
                last == null ? null : Double.valueOf(last.loss()),
                last == null ? null : Double.valueOf(last.lm()),
                last == null || last.alpha() == 0 ? null : Double.valueOf(last.kd()),
                lag,
                heldOut,
                failure);
    }

    synchronized Map<String, List<Double>> curves() {
        return curves.values();
    }
}
