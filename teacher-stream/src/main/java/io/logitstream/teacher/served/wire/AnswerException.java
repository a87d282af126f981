package io.logitstream.teacher.served.wire;

/** An answer that cannot be used. The message says what is wrong with it; the caller adds the address. */
public final class AnswerException extends Exception {
    /**
     * Creates a failure.
     *
     * @param message what is wrong, in words that follow "the answer "
     */
    public AnswerException(String message) {
        super(message);
    }
}
