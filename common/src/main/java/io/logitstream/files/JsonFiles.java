package io.logitstream.files;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** JSON and text files of runs. Each is replaced at once, so that a crash leaves the old or the new one. */
public final class JsonFiles {
    private static final ObjectMapper JSON =
            new ObjectMapper().enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES);

    private JsonFiles() {}

    /**
     * Reads a value.
     *
     * @throws LogitstreamException when the file is none, or does not hold one
     */
    public static <T> T read(Path file, TypeReference<T> type) {
        try {
            return JSON.readValue(file.toFile(), type);
        } catch (JsonProcessingException e) {
            throw new LogitstreamException(
                    file + " cannot be read: " + FailureText.of(e) + "; remove it to run again what it stands for", e);
        } catch (IOException e) {
            throw new LogitstreamException(file + " cannot be read: " + FailureText.of(e), e);
        }
    }

    /** Writes a value as JSON. */
    public static void write(Path file, Object value) {
        try {
            replace(file, JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(value));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Writes a text. */
    public static void writeText(Path file, String text) {
        replace(file, text.getBytes(StandardCharsets.UTF_8));
    }

    private static void replace(Path file, byte[] content) {
        try {
            AtomicFile.replace(file, content);
        } catch (IOException e) {
            throw new LogitstreamException(file + " cannot be written: " + FailureText.of(e), e);
        }
    }
}
