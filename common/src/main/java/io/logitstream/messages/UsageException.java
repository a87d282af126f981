package io.logitstream.messages;

/** The command line or the configuration asks for something that cannot be. Exit code 2. */
public class UsageException extends RuntimeException {

    /**
     * @param message one line: which setting, which value, what would be right
     */
    public UsageException(String message) {
        super(message);
    }
}
