package io.logitstream.pipeline.stop;

import io.logitstream.messages.LogitstreamException;

/** The end of a command that was asked to stop, with the exit code of the signal that asked. */
public final class StoppedException extends LogitstreamException {
    private static final String CONTINUES = "; the same command continues";

    private final int exitCode = StopSignal.exitCode();

    private StoppedException(String message) {
        super(message, false);
    }

    /** Exit code of a process that the signal ends: 130 for Ctrl-C, 143 for SIGTERM. */
    @Override
    public int exitCode() {
        return exitCode;
    }

    /** Ends a command that can be started again. */
    public static StoppedException anywhere() {
        return new StoppedException("stopped" + CONTINUES);
    }

    /** Ends a command that can be started again, and says where it stands, as in {@code at step 120}. */
    public static StoppedException at(String where) {
        return new StoppedException("stopped " + where + CONTINUES);
    }
}
