package io.logitstream.messages;

/**
 * Root of all exceptions whose message alone is reported to the user. This class itself stands for a failure at run
 * time, such as corrupt data, a broker or registry that refuses a request, or a topic with other settings.
 */
public class LogitstreamException extends RuntimeException {
    /** Exit code of a command that fails at run time. */
    public static final int FAILURE_EXIT_CODE = 1;

    /**
     * Creates a failure.
     *
     * @param message one line: what is wrong, where, and what to do
     */
    public LogitstreamException(String message) {
        super(message);
    }

    /**
     * Creates a failure with its cause.
     *
     * @param message one line: what is wrong, where, and what to do
     * @param cause exception to which {@code --stacktrace} leads, may be null
     */
    public LogitstreamException(String message, Throwable cause) {
        super(message, cause);
    }

    /**
     * Creates an exception for a subclass that may need no stack trace, such as the answer to a stop request.
     *
     * @param message one line
     * @param withStackTrace whether the stack trace and suppressed exceptions are recorded
     */
    protected LogitstreamException(String message, boolean withStackTrace) {
        super(message, null, withStackTrace, withStackTrace);
    }

    /** Exit code of a command that ends with this exception. */
    public int exitCode() {
        return FAILURE_EXIT_CODE;
    }
}
