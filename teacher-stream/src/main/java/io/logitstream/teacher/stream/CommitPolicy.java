package io.logitstream.teacher.stream;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Decides after which batches the stream commits. Students wait for commits, and a commit holds up the thread that makes
 * it: the first batches are committed at once, then commits take about a twentieth of the time. Each thread of the
 * stream has a transaction of its own, and so a schedule of its own. Thread-safe.
 */
public final class CommitPolicy {
    /** Time between two commits, as a multiple of the time that a commit takes. */
    private static final long COSTS = 20;
    /** Longest time between the first two commits; it doubles with each further commit. */
    private static final long FIRST = TimeUnit.MILLISECONDS.toNanos(100);

    /** Longest time between two commits: a batch that no other follows waits for the interval of Kafka Streams. */
    static final long LONGEST_MS = 4_000;

    private static final long LONGEST = TimeUnit.MILLISECONDS.toNanos(LONGEST_MS);

    /** Schedule of one thread. */
    private static final class Schedule {
        private long due;
        private long cost;
        private long limit = FIRST;
        private boolean started;
    }

    private final LongSupplier clock;
    private final Map<Thread, Schedule> schedules = new ConcurrentHashMap<>();

    CommitPolicy() {
        this(System::nanoTime);
    }

    /**
     * @param clock time in nanoseconds
     */
    CommitPolicy(LongSupplier clock) {
        this.clock = clock;
    }

    private Schedule own() {
        return schedules.computeIfAbsent(Thread.currentThread(), thread -> new Schedule());
    }

    /** Whether the calling thread commits after the batch that it has just processed. */
    boolean isDue() {
        Schedule own = own();
        return !own.started || clock.getAsLong() - own.due >= 0;
    }

    /**
     * Runs a part of a commit of the calling thread, and takes note of its time.
     *
     * @param part the flush, the sending of offsets, or the end of the transaction
     */
    void measure(Runnable part) {
        long start = clock.getAsLong();
        part.run();
        own().cost += clock.getAsLong() - start;
    }

    /** Takes note of a commit that the calling thread has made in the parts that were measured since the last one. */
    void committed() {
        Schedule own = own();
        own.started = true;
        own.due = clock.getAsLong() + Math.min(own.limit, COSTS * own.cost);
        own.limit = Math.min(LONGEST, 2 * own.limit);
        own.cost = 0;
    }
}
