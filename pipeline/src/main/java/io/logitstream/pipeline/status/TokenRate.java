package io.logitstream.pipeline.status;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Tokens per second: over the last 30 seconds while a stage runs, over its whole time once it has ended. Of a stage whose
 * batches take seconds it is over the last few batches. Work of an earlier process is not counted. Not thread-safe.
 */
public final class TokenRate {
    private record Sample(long time, double tokens) {}

    private static final long WINDOW = TimeUnit.SECONDS.toNanos(30);
    /** From this time of a batch on, the number of batches in a window would change the rate. */
    private static final long SLOW = TimeUnit.SECONDS.toNanos(4);
    /** Batches over which the rate of a slow stage is taken. */
    private static final int SLOW_BATCHES = 4;

    private static final double NANOS = TimeUnit.SECONDS.toNanos(1);

    private final LongSupplier clock;
    private final Deque<Sample> samples = new ArrayDeque<>();
    /** The last batches, after the start or the batch before them. */
    private final Deque<Sample> last = new ArrayDeque<>();

    private Long start;
    private Long end;
    private double inWindow;
    private double all;

    public TokenRate() {
        this(System::nanoTime);
    }

    /**
     * @param clock time in nanoseconds
     */
    public TokenRate(LongSupplier clock) {
        this.clock = clock;
    }

    /** Starts or restarts the stage. */
    public void start() {
        start = clock.getAsLong();
        end = null;
        samples.clear();
        last.clear();
        last.add(new Sample(start, 0));
        inWindow = 0;
        all = 0;
    }

    /**
     * Adds tokens. The first call on a stage that was not started only starts it, as the duration of these tokens is
     * unknown.
     */
    public void add(double tokens) {
        if (start == null) {
            start();
            return;
        }
        Sample sample = new Sample(clock.getAsLong(), tokens);
        samples.add(sample);
        last.add(sample);
        if (last.size() > SLOW_BATCHES + 1) {
            last.remove();
        }
        inWindow += tokens;
        all += tokens;
    }

    /** Ends the stage: from now on the rate is the average over its time. */
    public void end() {
        end = end == null ? Long.valueOf(clock.getAsLong()) : end;
    }

    public String text() {
        Double rate = perSecond();
        return rate == null ? "-" : String.format("%,.0f tokens/s", rate);
    }

    /** Tokens per second; null before anything was measured. */
    public Double perSecond() {
        if (start == null || samples.isEmpty() && all == 0) {
            return null;
        }
        if (end != null) {
            return end > start ? Double.valueOf(all * NANOS / (end - start)) : null;
        }
        long now = clock.getAsLong();
        if (isSlow()) {
            long ofLast = last.peekLast().time - last.peekFirst().time;
            double tokens = last.stream().skip(1).mapToDouble(Sample::tokens).sum();
            // The batch that is being worked on counts against the rate only when it is late.
            long late = now - last.peekLast().time - 2 * (ofLast / (last.size() - 1));
            return tokens * NANOS / (ofLast + Math.max(0, late));
        }
        while (!samples.isEmpty() && now - samples.peek().time >= WINDOW) {
            inWindow -= samples.poll().tokens;
        }
        if (samples.isEmpty()) {
            // Nothing remains of the rounding of parts of batches.
            inWindow = 0;
        }
        long span = Math.min(WINDOW, now - start);
        return span <= 0 ? null : Double.valueOf(inWindow * NANOS / span);
    }

    /** Whether the last batches took seconds each. */
    public boolean isSlow() {
        return last.size() > 1 && (last.peekLast().time - last.peekFirst().time) / (last.size() - 1) >= SLOW;
    }

    /** Seconds since the start, or from the start to the end once the stage has ended; 0 before the start. */
    public double seconds() {
        return start == null ? 0 : ((end != null ? end : clock.getAsLong()) - start) / NANOS;
    }

    /** Estimated seconds for a number of further tokens; null if unknown. */
    public Double secondsFor(double tokens) {
        Double rate = end != null ? null : perSecond();
        return rate == null || rate <= 0 ? null : Double.valueOf(Math.max(0, tokens) / rate);
    }
}
