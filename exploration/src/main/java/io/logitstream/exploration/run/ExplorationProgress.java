package io.logitstream.exploration.run;

import io.logitstream.exploration.plan.RunSpec;
import io.logitstream.messages.Plural;
import io.logitstream.pipeline.console.Durations;
import io.logitstream.pipeline.console.ProgressLine;
import io.logitstream.pipeline.console.ProgressLine.Importance;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Progress of an exploration's students, and the time left at the rate of operations so far. Thread-safe. */
final class ExplorationProgress {
    private static final double NANOS = 1e9;
    private static final double MINUTE = 60;

    private final int runs;
    private final double operations;
    private final Map<String, Double> done = new HashMap<>();
    private final Set<String> finished = new TreeSet<>();
    private final int finishedBefore;
    private double doneNow;
    private long start;

    /**
     * @param pending runs still to be trained
     * @param finishedBefore number of runs that were finished already
     */
    ExplorationProgress(Collection<RunSpec> pending, int finishedBefore) {
        this.runs = pending.size() + finishedBefore;
        this.finishedBefore = finishedBefore;
        this.operations = pending.stream().mapToDouble(RunSpec::operations).sum();
    }

    /** Starts or continues a run. Steps of earlier processes do not count for the rate. */
    synchronized void start(RunSpec run, long tokens, long budget) {
        start = start == 0 ? System.nanoTime() : start;
        done.put(run.id(), tokens * run.plan().operationsPerToken());
    }

    synchronized void step(RunSpec run, long tokens) {
        double now = tokens * run.plan().operationsPerToken();
        doneNow += now - done.put(run.id(), now);
    }

    synchronized void done(RunSpec run) {
        finished.add(run.id());
        done.put(run.id(), run.operations());
    }

    /** Operations per second since the first run started, all runs together; 0 before. */
    synchronized double rate() {
        return start == 0 ? 0 : doneNow / Math.max(1e-9, (System.nanoTime() - start) / NANOS);
    }

    /** The progress line: trained runs, percentage of all operations, and time left. */
    synchronized ProgressLine line() {
        Double left = secondsLeft();
        return ProgressLine.of(String.format(
                        "%d of %d %s trained", finishedBefore + finished.size(), runs, Plural.of(runs, "run")))
                .and(
                        Importance.HIGH,
                        operations == 0 ? null : String.format(", %d%%", (int) Math.min(100, 100 * sum() / operations)))
                .and(Importance.HIGH, left == null ? null : ", about " + Durations.text(left) + " left");
    }

    /** Estimated seconds left; null before there is a rate. */
    synchronized Double secondsLeft() {
        double rate = rate();
        return rate == 0 ? null : Double.valueOf(Math.max(0, operations - sum()) / rate);
    }

    private double sum() {
        return done.values().stream().mapToDouble(Double::doubleValue).sum();
    }

    /** A duration as text. */
    static String minutes(double seconds) {
        return seconds < 2 * MINUTE
                ? String.format("%.0f s", Math.max(0, seconds))
                : String.format("%,.0f min", seconds / MINUTE);
    }
}
