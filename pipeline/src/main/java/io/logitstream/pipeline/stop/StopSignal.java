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
 * Handler of SIGTERM and SIGINT (Ctrl-C). The first signal asks the command to stop: {@link #requested} is true from
 * then on, and the actions of {@link #onStop} run. A signal more than 2 s later ends the process at once; signals
 * before that are ignored, since process managers and terminals often send two in a row.
 *
 * <p>The threads of the command write checkpoints and close native memory, clients and the embedded cluster in order. A
 * shutdown hook does none of this, because a call of exit in it would wait for itself.
 *
 * <p>Signals belong to the process, so only one command at a time may listen.
 */
public final class StopSignal implements AutoCloseable {
    /**
     * Base of the exit code that a shell reports for a process ended by a signal: 128 plus the number of the signal.
     */
    private static final int SIGNAL_CODES = 128;

    /** Time after the first signal in which further ones are ignored. */
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

    /** Starts to handle the signals; until it is closed, they do not end the process. */
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
                // With -Xrs the JVM leaves signals alone: they end the process.
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
            System.err.println("\nstopping; to end the process at once, wait 2 s and send a second signal");
        }
        ACTIONS.forEach(StopSignal::run);
    }

    // A failing action does not keep the others from running.
    private static void run(Runnable action) {
        try {
            action.run();
        } catch (RuntimeException | Error e) {
            LOG.warn("a part of the command failed to stop: {}", FailureText.of(e));
            LOG.debug("in full", e);
        }
    }

    /** Whether a signal has asked the command to stop. */
    public static boolean requested() {
        return received != 0;
    }

    /**
     * Requires that no signal has asked the command to stop.
     *
     * @throws StoppedException if one has
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
     * Registers an action for the signal. It runs on the thread of the signal, or at once if a signal has come already.
     *
     * @param action asks a part of the command to stop, and returns soon
     * @return closed to remove the action
     */
    public static Registration onStop(Runnable action) {
        ACTIONS.add(action);
        if (requested()) {
            action.run();
        }
        return () -> ACTIONS.remove(action);
    }

    /** A registered action. */
    @FunctionalInterface
    public interface Registration extends AutoCloseable {
        @Override
        void close();
    }

    /** Restores the handlers that the signals had before. */
    @Override
    public void close() {
        before.forEach(Signal::handle);
        received = 0;
    }
}
