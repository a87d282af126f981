package io.logitstream.pipeline.console;

import io.logitstream.pipeline.console.ProgressLine.Importance;
import io.logitstream.pipeline.status.TokenRate;
import io.logitstream.student.metrics.HeldOutMetrics;
import io.logitstream.student.metrics.StepMetrics;
import io.logitstream.student.training.TrainingListener;
import io.logitstream.student.training.TrainingSummary;
import java.util.function.LongSupplier;

/** Progress of a student's training run. Written by the training thread, read by the thread that displays it. */
public final class TrainingProgress implements TrainingListener {
    private final String name;
    private final TokenRate rate;
    private StepMetrics last;
    private HeldOutMetrics heldOut;
    private TrainingSummary summary;
    private long tokens;
    private long budget;
    private long lag;
    private boolean waiting;

    public TrainingProgress(String name) {
        this(name, System::nanoTime);
    }

    /**
     * @param clock time in nanoseconds
     */
    public TrainingProgress(String name, LongSupplier clock) {
        this.name = name;
        this.rate = new TokenRate(clock);
    }

    @Override
    public synchronized void onStart(long tokensDone, long budgetOfRun, long parameters) {
        tokens = tokensDone;
        budget = budgetOfRun;
        waiting = false;
        rate.start();
    }

    @Override
    public synchronized void onStep(StepMetrics metrics, long recordsWaiting) {
        rate.add(metrics.tokens() - tokens);
        last = metrics;
        tokens = metrics.tokens();
        heldOut = metrics.heldOut() == null ? heldOut : metrics.heldOut();
        lag = recordsWaiting;
        waiting = false;
    }

    @Override
    public synchronized void onWaiting() {
        waiting = true;
    }

    /** Marks the run as complete. */
    public synchronized void complete(TrainingSummary end) {
        summary = end;
        tokens = end.tokens();
        rate.end();
    }

    /** The progress line: percentage, losses, held-out loss if evaluated, rate, lag and time left. */
    public synchronized ProgressLine line() {
        if (summary != null) {
            return ProgressLine.of(name + " complete")
                    .and(Importance.HIGH, String.format(", %,d tokens", tokens))
                    .and(Importance.LOW, String.format(" in %,d steps", summary.steps()))
                    .and(Importance.MEDIUM, rate.perSecond() == null ? null : ", " + rate.text());
        }
        if (last == null) {
            return ProgressLine.of(
                    name + (waiting ? " is waiting for records" : tokens > 0 ? " continues" : " starts"));
        }
        // The rate of batches that take seconds each has the waits for the teacher in it.
        Double left = waiting && !rate.isSlow() ? null : rate.secondsFor(budget - tokens);
        return ProgressLine.of(name)
                .and(Importance.ESSENTIAL, " " + percent(tokens, budget))
                .and(Importance.HIGH, String.format(", loss %.3f", last.loss()))
                // A student trained on the text alone has one loss, even if the topic holds logits.
                .and(
                        Importance.LOW,
                        last.kd() == 0 || last.alpha() == 0
                                ? null
                                : String.format(" (text %.3f, distillation %.3f)", last.lm(), last.kd()))
                .and(Importance.LOW, heldOut == null ? null : String.format(", held-out %.3f", heldOut.loss()))
                .and(Importance.MEDIUM, rate.perSecond() == null ? null : ", " + rate.text())
                .and(
                        Importance.MEDIUM,
                        waiting ? ", waiting for records" : lag == 0 ? null : String.format(", lag %,d", lag))
                .and(Importance.HIGH, left == null ? null : ", " + Durations.text(left) + " left");
    }

    /** Percentage done, at most 100; rounded down, so that 100 means complete. */
    static String percent(long done, long all) {
        return (all <= 0 ? 0 : Math.min(100, 100 * done / all)) + "%";
    }

    /** The permanent line of a complete run. */
    public synchronized String ended() {
        // A run that was complete before this process has neither a time nor a rate.
        return String.format(
                "%s complete: %,d steps, %,d of %,d tokens%s",
                name,
                summary.steps(),
                summary.tokens(),
                summary.budget(),
                rate.perSecond() == null ? "" : " in " + Durations.text(rate.seconds()) + ", " + rate.text());
    }

    /** A listener that also displays each change. */
    public TrainingListener showingOn(ProgressDisplay status) {
        TrainingProgress progress = this;
        return new TrainingListener() {
            @Override
            public void onStart(long tokensDone, long budgetOfRun, long parameters) {
                progress.onStart(tokensDone, budgetOfRun, parameters);
                status.print(String.format(
                        "%s: %,d parameters, %s",
                        name,
                        parameters,
                        tokensDone == 0
                                ? String.format("starts, %,d tokens", budgetOfRun)
                                : String.format("continues at token %,d of %,d", tokensDone, budgetOfRun)));
            }

            @Override
            public void onStep(StepMetrics metrics, long recordsWaiting) {
                progress.onStep(metrics, recordsWaiting);
                if (metrics.heldOut() != null) {
                    HeldOutMetrics value = metrics.heldOut();
                    status.print(String.format(
                            "%s step %,d: held-out loss %.4f, perplexity %.2f, %.4f bits per byte",
                            name, metrics.step(), value.loss(), value.perplexity(), value.bitsPerByte()));
                }
                status.showStage(progress::line);
            }

            @Override
            public void onWaiting() {
                progress.onWaiting();
                status.showStage(progress::line);
            }
        };
    }
}
