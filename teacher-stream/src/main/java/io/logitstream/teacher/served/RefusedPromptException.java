package io.logitstream.teacher.served;

import io.logitstream.messages.LogitstreamException;

/** A prompt that a server refuses for good, while it answers others. Repeating the request would not help. */
public final class RefusedPromptException extends LogitstreamException {
    private final String words;

    /**
     * Creates a failure.
     *
     * @param message one line: address, length of the prompt, the server's words
     * @param words the server's own words, printable and of bounded length
     */
    public RefusedPromptException(String message, String words) {
        super(message);
        this.words = words;
    }

    /** The server's own words. */
    public String words() {
        return words;
    }
}
