package io.logitstream.messages;

/**
 * A failure at run time: corrupt data, a broker or registry that refuses, a topic with other settings. Exit
 * code 1.
 */
public class LogitstreamException extends RuntimeException {

    /**
     * @param message one line: what is wrong, where, and what to do
     */
    public LogitstreamException(String message) {
        super(message);
    }

    /**
     * @param message one line: what is wrong, where, and what to do
     * @param cause what was caught, for the log
     */
    public LogitstreamException(String message, Throwable cause) {
        super(message, cause);
    }
}
