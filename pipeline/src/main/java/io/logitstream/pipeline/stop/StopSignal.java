package io.logitstream.pipeline.stop;

import io.logitstream.messages.FailureText;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/**
 * SIGTERM and Ctrl-C for commands that end in an orderly way: the first asks the command to stop, and one that comes
 * more than 2 s later ends the process at once; process managers and terminals often send two in a row, which are one
 * wish. The command's own threads write what is to be kept, and close native memory, clients and the embedded
 * cluster in order; nothing of that is done in a shutdown hook, where a call of exit would wait for itself.
 *
 * <p>Signals belong to the process, and so does this class: one command at a time listens.
 */
public final class StopSignal implements AutoCloseable {
    /** What a shell reports for a process that a signal has ended: 128 and the number of the signal. */
    private static final int SIGNAL_CODES = 128;

    /** Further signals within this time after the first are ignored. */
    private static final long IGNORED_NANOS = Duration.ofSeconds(2).toNanos();

    private static final Logger LOG = LoggerFactory.getLogger(StopSignal.class);

    private static final List<Runnable> ACTIONS = new CopyOnWriteArrayList<>();
    private static volatile int received;

    private final Map<Signal, SignalHandler> before = new HashMap<>();
    private final LongSupplier clock;
    private final IntConsumer halt;
    private long firstAt;

    private StopSignal(LongSupplier clock, IntConsumer halt) {
        this.clock = clock;
        this.halt = halt;
    }

    /** Begins to listen; until it is closed, the signals do not end the process. */
    public static StopSignal listen() {
        return listen(System::nanoTime, Runtime.getRuntime()::halt);
    }

    static StopSignal listen(LongSupplier clock, IntConsumer halt) {
        received = 0;
        StopSignal listening = new StopSignal(clock, halt);
        for (String name : List.of("TERM", "INT")) {
            try {
                Signal signal = new Signal(name);
                listening.before.put(signal, Signal.handle(signal, listening::receive));
            } catch (IllegalArgumentException e) {
                // The JVM was told to leave signals alone (-Xrs): they end the process, as they do without this class.
            }
        }
        return listening;
    }

    // The JVM calls this on a new thread for each signal.
    private void receive(Signal signal) {
        synchronized (ACTIONS) {
            if (received != 0) {
                if (clock.getAsLong() - firstAt > IGNORED_NANOS) {
                    received = signal.getNumber();
                    halt.accept(exitCode());
                }
                return;
            }
            firstAt = clock.getAsLong();
            received = signal.getNumber();
        }
        if (Boolean.getBoolean("logitstream.terminal")) {
            System.err.println("\nstopping; once more, after 2 s, ends at once");
        }
        ACTIONS.forEach(StopSignal::run);
    }

    // One that fails keeps no other from being asked to stop.
    private static void run(Runnable action) {
        try {
            action.run();
        } catch (RuntimeException | Error e) {
            LOG.warn("a part of the command could not be asked to stop: {}", FailureText.of(e));
            LOG.debug("in full", e);
        }
    }

    /** Whether the command is to stop. */
    public static boolean requested() {
        return received != 0;
    }

    /**
     * Ends the command when it is to stop.
     *
     * @throws StoppedException when it is
     */
    public static void requireRunning() {
        if (requested()) {
            throw StoppedException.anywhere();
        }
    }

    /** Exit code of a process that the received signal ends. */
    static int exitCode() {
        return SIGNAL_CODES + received;
    }

    /**
     * Has something done when the signal comes, on a thread of its own, or at once when it has come already.
     *
     * @param action asks something to stop; returns soon
     * @return ends that
     */
    public static Registration onStop(Runnable action) {
        ACTIONS.add(action);
        if (requested()) {
            action.run();
        }
        return () -> ACTIONS.remove(action);
    }

    /** An action that waits for a signal. */
    @FunctionalInterface
    public interface Registration extends AutoCloseable {
        @Override
        void close();
    }

    /** Gives the signals back to what had them before. */
    @Override
    public void close() {
        before.forEach(Signal::handle);
        received = 0;
    }
}
