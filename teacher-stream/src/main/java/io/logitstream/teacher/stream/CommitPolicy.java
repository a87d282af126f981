package io.logitstream.teacher.stream;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Decides after which batches the stream commits. Students wait for commits, and a commit holds up the thread that makes
 * it: the first batches are committed at once, then commits take about a twentieth of the time. Where batches are so slow
 * that committing each one takes no more than that, each one is committed at once, also if several are finished at about
 * the same time. Each thread of the
 * stream has a transaction of its own, and so a schedule of its own. Thread-safe.
 */
public final class CommitPolicy {
    /** Time between two commits, as a multiple of the time that a commit takes. */
    private static final long COSTS = 20;
    /** Longest time between the first two commits; it doubles with each further commit. */
    private static final long FIRST = TimeUnit.MILLISECONDS.toNanos(100);

    /** Batches over which the time from one to the next is averaged. */
    private static final int PACE_BATCHES = 4;

    /** Longest time between two commits: a batch that no other follows waits for the interval of Kafka Streams. */
    static final long LONGEST_MS = 4_000;

    private static final long LONGEST = TimeUnit.MILLISECONDS.toNanos(LONGEST_MS);

    /** Schedule of one thread. */
    private static final class Schedule {
        /** Times of the last batches. */
        private final Deque<Long> batches = new ArrayDeque<>();

        private long due;
        private long cost;
        private long lastCost;
        private long limit = FIRST;
        private boolean started;

        /** Takes note of a batch. Tells whether the last ones took so long that each can be committed. */
        private boolean isSlow(long now) {
            batches.add(now);
            if (batches.size() > PACE_BATCHES + 1) {
                batches.remove();
            }
            int intervals = batches.size() - 1;
            return intervals > 0 && (now - batches.peek()) / intervals >= COSTS * lastCost;
        }
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
        long now = clock.getAsLong();
        boolean slow = own.isSlow(now);
        return !own.started || slow || now - own.due >= 0;
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
        own.lastCost = own.cost;
        own.cost = 0;
    }
}
