package io.logitstream.teacher.stream;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Decides after which batches the stream commits. Students wait for commits, and a commit holds up the thread that makes
 * it: the first batches are committed at once, then commits take at most a twentieth of the time. Each thread of the
 * stream has a transaction of its own, and so a schedule of its own. Thread-safe.
 */
public final class CommitPolicy {
    /** Time between two commits, as a multiple of the time that a commit takes. */
    private static final long COSTS = 20;
    /** Longest time between the first two commits; it doubles with each further commit. */
    private static final long FIRST = TimeUnit.MILLISECONDS.toNanos(100);

    private static final long LONGEST = TimeUnit.SECONDS.toNanos(4);

    /** Schedule of one thread. */
    private static final class Schedule {
        private long due;
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
     * Takes note of a commit that the calling thread has made.
     *
     * @param nanos time that it took
     */
    void committed(long nanos) {
        Schedule own = own();
        own.started = true;
        own.due = clock.getAsLong() + Math.min(own.limit, COSTS * nanos);
        own.limit = Math.min(LONGEST, 2 * own.limit);
    }
}
