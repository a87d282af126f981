package io.logitstream.cli.stop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sun.misc.Signal;

class StopSignalTest {
  @ParameterizedTest
  @CsvSource({"TERM,143", "INT,130"})
  void theFirstSignalAsksToStopAndGivesItsExitCode(String name, int code) throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    try (StopSignal stop = StopSignal.listen();
        StopSignal.Registration registration = StopSignal.onStop(asked::countDown)) {
      assertThat(stop).isNotNull();
      assertThat(registration).isNotNull();
      assertThatCode(StopSignal::requireRunning).doesNotThrowAnyException();

      Signal.raise(new Signal(name));

      assertThat(asked.await(10, TimeUnit.SECONDS)).isTrue();
      assertThat(StopSignal.requested()).isTrue();
      assertThatThrownBy(StopSignal::requireRunning).isInstanceOf(StoppedException.class)
          .hasMessage("stopped; the same command continues")
          .satisfies(thrown -> assertThat(((StoppedException) thrown).exitCode()).isEqualTo(code));
      assertThat(StoppedException.at("at step 7")).hasMessage("stopped at step 7; the same command continues");
      assertThat(new StoppableTraining().stopRequested()).isTrue();
    }
    assertThat(StopSignal.requested()).as("the next command of this process").isFalse();
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
}
