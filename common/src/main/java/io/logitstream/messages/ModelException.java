package io.logitstream.messages;

/** A model folder, weight file or tokenizer that cannot be used. */
public final class ModelException extends LogitstreamException {
    /**
     * Creates a failure.
     *
     * @param message one line: what is wrong, in which file, and what to do
     */
    public ModelException(String message) {
        super(message);
    }

    /**
     * Creates a failure with its cause.
     *
     * @param message one line: what is wrong, in which file, and what to do
     * @param cause exception to which {@code --stacktrace} leads, may be null
     */
    public ModelException(String message, Throwable cause) {
        super(message, cause);
    }
}
