package io.logitstream.messages;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ExitCodesTest {
    @Test
    void eachKindOfFailureHasItsExitCode() {
        assertThat(new LogitstreamException("corrupt").exitCode()).isEqualTo(1);
        assertThat(new ModelException("no weights").exitCode()).isEqualTo(1);
        assertThat(new UsageException("no such option").exitCode()).isEqualTo(2);
    }

    @Test
    void oneCatchTakesEachOfThem() {
        assertThat(new ModelException("no weights")).isInstanceOf(LogitstreamException.class);
        assertThat(new UsageException("no such option")).isInstanceOf(LogitstreamException.class);
    }

    @Test
    void anExceptionWithoutAStackTraceHasNone() {
        LogitstreamException stopped = new LogitstreamException("stopped", false) {};

        assertThat(stopped.getStackTrace()).isEmpty();
        assertThat(stopped.exitCode()).isEqualTo(1);
    }
}
