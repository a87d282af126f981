package io.logitstream.producers.corpus.files;

import io.logitstream.messages.FailureText;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** Text of an I/O error, in one line for the user. */
public final class ReadFailureText {
    private ReadFailureText() {}

    /** Cause of the error, without class names. */
    public static String of(IOException e) {
        if (e instanceof CharacterCodingException) {
            return "not valid UTF-8";
        }
        if (e instanceof AccessDeniedException) {
            return "no permission to read it";
        }
        if (e instanceof NoSuchFileException) {
            return "it was deleted";
        }
        if (e instanceof FileSystemException file && file.getReason() != null) {
            return file.getReason();
        }
        return FailureText.of(e);
    }
}
