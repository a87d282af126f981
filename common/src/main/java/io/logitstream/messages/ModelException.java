package io.logitstream.messages;

/** A model folder, weight file or tokenizer that cannot be used; the message says what, where and what to do. */
public final class ModelException extends RuntimeException {
    /** @param message one line: what is wrong, in which file, what to do */
    public ModelException(String message) {
        super(message);
    }

    /**
     * @param message one line: what is wrong, in which file, what to do
     * @param cause what made it fail
     */
    public ModelException(String message, Throwable cause) {
        super(message, cause);
    }
}
