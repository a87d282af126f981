package io.logitstream.producers.corpus.files;

import java.io.IOException;

/**
 * A file whose format forbids the use of its text. The message says why, without the file's name. The file is left out
 * only where {@code corpus.damaged} says so.
 */
public final class UnusableFileException extends IOException {
    private final boolean configuration;

    private UnusableFileException(String message, boolean configuration) {
        super(message);
        this.configuration = configuration;
    }

    /** Content that does not follow its format. */
    public static UnusableFileException damaged(String message) {
        return new UnusableFileException(message, false);
    }

    /** An intact file that does not fit the configuration, such as one without the column of the text. */
    public static UnusableFileException misfit(String message) {
        return new UnusableFileException(message, true);
    }

    /** The same with a place before the message. */
    public UnusableFileException at(String place) {
        return new UnusableFileException(place + getMessage(), configuration);
    }

    /** Whether the configuration is at fault. */
    public boolean isConfiguration() {
        return configuration;
    }
}
