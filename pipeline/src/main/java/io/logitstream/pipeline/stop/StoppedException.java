package io.logitstream.pipeline.stop;

import io.logitstream.messages.LogitstreamException;

/** End of a command that a signal has stopped, with the exit code for the signal. */
public final class StoppedException extends LogitstreamException {
    private static final String CONTINUES = "; run the same command again to continue";

    private final int exitCode = StopSignal.exitCode();

    private StoppedException(String message) {
        super(message, false);
    }

    /** Exit code of a process that the signal ends: 130 for Ctrl-C, 143 for SIGTERM. */
    @Override
    public int exitCode() {
        return exitCode;
    }

    /** A stop of a command that can be started again. */
    public static StoppedException anywhere() {
        return new StoppedException("stopped" + CONTINUES);
    }

    /** A stop of a command that can be started again, with its position, such as {@code at step 120}. */
    public static StoppedException at(String where) {
        return new StoppedException("stopped " + where + CONTINUES);
    }
}
