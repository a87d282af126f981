package io.logitstream.teacher.served.client;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/** Growing delays with jitter, so that clients that failed together do not come back together. */
final class RetryDelay {
    private static final long FIRST = Duration.ofMillis(200).toNanos();
    private static final long LONGEST = Duration.ofSeconds(30).toNanos();

    private RetryDelay() {}

    /**
     * Delay before the next attempt: 200 ms, doubled with each failure, up to 30 s, times a factor in [0.5, 1.5).
     *
     * @param failures number of failures in succession, at least 1
     * @param least time that the server asks to wait
     * @return nanoseconds
     */
    static long nanos(int failures, Duration least) {
        long delay = FIRST << Math.min(failures - 1, 20);
        double factor = 0.5 + ThreadLocalRandom.current().nextDouble();
        return Math.max(least.toNanos(), (long) (Math.min(delay, LONGEST) * factor));
    }
}
