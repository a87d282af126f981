package io.logitstream.messages;

/** A command line or configuration that is invalid, or that contradicts what it refers to. */
public class UsageException extends LogitstreamException {
    /** Exit code of a command that cannot run as it was given. */
    public static final int USAGE_EXIT_CODE = 2;

    /**
     * Creates a failure.
     *
     * @param message one line: which setting, which value, and which values are valid
     */
    public UsageException(String message) {
        super(message);
    }

    @Override
    public int exitCode() {
        return USAGE_EXIT_CODE;
    }
}
