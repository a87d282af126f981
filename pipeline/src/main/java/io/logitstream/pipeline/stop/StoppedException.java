package io.logitstream.pipeline.stop;

/** Ends a command that was asked to stop; its message is the line that the user reads. */
public final class StoppedException extends RuntimeException {
    private static final String CONTINUES = "; the same command continues";

    private final int exitCode = StopSignal.exitCode();

    private StoppedException(String message) {
        super(message, null, false, false);
    }

    /** Exit code of a process that the signal ends. */
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
