package io.logitstream.pipeline.stop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sun.misc.Signal;
import sun.misc.SignalHandler;

class StopSignalTest {
    @ParameterizedTest
    @CsvSource({"TERM,143", "INT,130"})
    void theFirstSignalAsksToStopAndGivesItsExitCode(String name, int code) throws Exception {
        assumeNotIgnored(name);
        CountDownLatch asked = new CountDownLatch(1);
        try (StopSignal stop = StopSignal.listen();
                StopSignal.Registration registration = StopSignal.onStop(asked::countDown)) {
            assertThat(stop).isNotNull();
            assertThat(registration).isNotNull();
            assertThatCode(StopSignal::requireRunning).doesNotThrowAnyException();

            Signal.raise(new Signal(name));

            assertThat(asked.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(StopSignal.requested()).isTrue();
            assertThatThrownBy(StopSignal::requireRunning)
                    .isInstanceOf(StoppedException.class)
                    .hasMessage("stopped; run the same command again to continue")
                    .satisfies(thrown ->
                            assertThat(((StoppedException) thrown).exitCode()).isEqualTo(code));
            assertThat(StoppedException.at("at step 7"))
                    .hasMessage("stopped at step 7; run the same command again to continue");
            assertThat(new StoppableTraining().stopRequested()).isTrue();
        }
        assertThat(StopSignal.requested())
                .as("the next command of this process")
                .isFalse();
    }

    @Test
    void anActionThatComesAfterTheSignalIsDoneAtOnce() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch late = new CountDownLatch(1);
        try (StopSignal stop = StopSignal.listen();
                StopSignal.Registration first = StopSignal.onStop(asked::countDown)) {
            assertThat(stop).isNotNull();
            Signal.raise(new Signal("TERM"));
            assertThat(asked.await(10, TimeUnit.SECONDS)).isTrue();

            StopSignal.onStop(late::countDown).close();

            assertThat(first).isNotNull();
        }
        assertThat(late.getCount()).isZero();
    }

    @Test
    void signalsInARowAreOneAndALaterOneHalts() throws Exception {
        assumeNotIgnored("INT");
        AtomicLong now = new AtomicLong(7);
        BlockingQueue<Long> asked = new LinkedBlockingQueue<>();
        BlockingQueue<Integer> halted = new LinkedBlockingQueue<>();
        // The clock is asked for each signal, on the signal's own thread.
        LongSupplier clock = () -> {
            long time = now.get();
            asked.add(time);
            return time;
        };
        try (StopSignal stop = StopSignal.listen(clock, halted::add)) {
            assertThat(stop).isNotNull();
            Signal.raise(new Signal("INT"));
            assertThat(asked.poll(10, TimeUnit.SECONDS)).isNotNull();
            now.addAndGet(TimeUnit.MILLISECONDS.toNanos(1900));
            Signal.raise(new Signal("TERM"));
            assertThat(asked.poll(10, TimeUnit.SECONDS)).isNotNull();
            now.addAndGet(TimeUnit.MILLISECONDS.toNanos(200));
            Signal.raise(new Signal("INT"));

            // That of the second signal, TERM, would come before it.
            assertThat(halted.poll(10, TimeUnit.SECONDS)).as("first exit code").isEqualTo(130);
        }
    }

    @Test
    void theExitCodeIsThatOfTheFirstOfSignalsInARow() throws Exception {
        assumeNotIgnored("INT");
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch again = new CountDownLatch(2);
        LongSupplier clock = () -> {
            again.countDown();
            return 7;
        };
        try (StopSignal stop = StopSignal.listen(clock, code -> {});
                StopSignal.Registration registration = StopSignal.onStop(asked::countDown)) {
            assertThat(stop).isNotNull();
            assertThat(registration).isNotNull();
            Signal.raise(new Signal("INT"));
            assertThat(asked.await(10, TimeUnit.SECONDS)).isTrue();
            Signal.raise(new Signal("TERM"));
            assertThat(again.await(10, TimeUnit.SECONDS)).isTrue();

            assertThat(StopSignal.exitCode()).isEqualTo(130);
        }
    }

    @Test
    void anActionThatFailsKeepsNoOtherFromBeingDone() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        try (StopSignal stop = StopSignal.listen();
                StopSignal.Registration failing = StopSignal.onStop(() -> {
                    throw new IllegalStateException("closed already");
                });
                StopSignal.Registration next = StopSignal.onStop(asked::countDown)) {
            assertThat(stop).isNotNull();
            assertThat(failing).isNotSameAs(next);
            Signal.raise(new Signal("TERM"));

            assertThat(asked.await(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    // A job that a script starts in the background inherits that SIGINT is ignored, and the JVM leaves it so.
    private static void assumeNotIgnored(String name) {
        Signal signal = new Signal(name);
        SignalHandler before = Signal.handle(signal, SignalHandler.SIG_DFL);
        assumeFalse(SignalHandler.SIG_IGN.equals(before), "SIG" + name + " is ignored in this process");
        Signal.handle(signal, before);
    }
}
