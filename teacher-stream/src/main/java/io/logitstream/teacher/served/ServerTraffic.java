package io.logitstream.teacher.served;

import java.util.concurrent.atomic.LongAdder;

/** Counts of what passed between this process and a teacher's servers. Thread-safe. */
public final class ServerTraffic {
    private final LongAdder requests = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private final LongAdder sentBytes = new LongAdder();
    private final LongAdder receivedBytes = new LongAdder();

    /** Counts a scoring request. */
    public void addRequest() {
        requests.increment();
    }

    /** Counts a scoring request that failed and is repeated, here or at another address. */
    public void addFailure() {
        failures.increment();
    }

    /** Counts bytes of the body of a request. */
    public void addSent(long bytes) {
        sentBytes.add(bytes);
    }

    /** Counts bytes of the body of an answer. */
    public void addReceived(long bytes) {
        receivedBytes.add(bytes);
    }

    /** Scoring requests, each repetition included. */
    public long requests() {
        return requests.sum();
    }

    /** Scoring requests that failed. */
    public long failures() {
        return failures.sum();
    }

    /** Bytes of the bodies of all requests. */
    public long sentBytes() {
        return sentBytes.sum();
    }

    /** Bytes of the bodies of all answers. */
    public long receivedBytes() {
        return receivedBytes.sum();
    }
}
