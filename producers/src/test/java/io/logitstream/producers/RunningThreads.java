package io.logitstream.producers;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Threads of this process, by their names. */
public final class RunningThreads {
    private RunningThreads() {}

    /** The threads with one of some names. */
    public static Set<Thread> named(String... names) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> Arrays.asList(names).contains(thread.getName()))
                .collect(Collectors.toSet());
    }

    /** Requires that only some of these threads run. One that was waited for can be listed for another moment. */
    public static void requireOnly(Set<Thread> expected, String... names) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (!expected.containsAll(named(names)) && System.nanoTime() < end) {
            Thread.sleep(5);
        }
        assertThat(expected).containsAll(named(names));
    }
}
