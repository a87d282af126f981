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

/** JSON and text files of runs, written atomically with {@link AtomicFile}. */
public final class JsonFiles {
    private static final ObjectMapper JSON =
            new ObjectMapper().enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES);

    private JsonFiles() {}

    /**
     * Reads a value from a JSON file.
     *
     * @throws LogitstreamException if the file cannot be read or does not hold a value of this type
     */
    public static <T> T read(Path file, TypeReference<T> type) {
        try {
            return JSON.readValue(file.toFile(), type);
        } catch (JsonProcessingException e) {
            throw new LogitstreamException(
                    file + " cannot be read: " + FailureText.of(e)
                            + "; delete the file to repeat the work that it records",
                    e);
        } catch (IOException e) {
            throw new LogitstreamException(file + " cannot be read: " + FailureText.of(e), e);
        }
    }

    /** Writes a value as indented JSON. */
    public static void write(Path file, Object value) {
        try {
            replace(file, JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(value));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Writes a text in UTF-8. */
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
