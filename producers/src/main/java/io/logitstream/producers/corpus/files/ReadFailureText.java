package io.logitstream.producers.corpus.files;

import io.logitstream.messages.FailureText;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** The reason of a failed reading in words, on one line. */
public final class ReadFailureText {
    private ReadFailureText() {}

    /** The reason, without the names of classes. */
    public static String of(IOException e) {
        if (e instanceof CharacterCodingException) {
            return "no valid UTF-8";
        }
        if (e instanceof AccessDeniedException) {
            return "no permission to read it";
        }
        if (e instanceof NoSuchFileException) {
            return "it is not there any more";
        }
        if (e instanceof FileSystemException file && file.getReason() != null) {
            return file.getReason();
        }
        return FailureText.of(e);
    }
}
