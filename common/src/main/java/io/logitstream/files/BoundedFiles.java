package io.logitstream.files;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads files of a model folder whole, up to a size far above that of any real one. */
public final class BoundedFiles {
    /** Largest {@code config.json} and its like: some kilobytes in practice. */
    public static final long MAX_CONFIG = 16L << 20;
    /** Largest {@code tokenizer.json}, or index of shards: up to some 35 MB in practice. */
    public static final long MAX_TOKENIZER = 128L << 20;

    private static final ObjectMapper JSON = new ObjectMapper();

    private BoundedFiles() {}

    /**
     * Reads a file.
     *
     * @param file the file
     * @param most most bytes to take
     * @throws ModelException when it is larger, or cannot be read
     */
    public static byte[] read(Path file, long most) {
        try {
            long size = Files.size(file);
            if (size > most) {
                throw new ModelException(file.toAbsolutePath() + " has " + size + " bytes, more than the " + most
                        + " that are read of such a file");
            }
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new ModelException(file.toAbsolutePath() + ": not readable: " + FailureText.of(e), e);
        }
    }

    /**
     * Reads a JSON file.
     *
     * @throws ModelException when it is larger than {@code most}, nested more than 1,000 deep, or no JSON
     */
    public static JsonNode json(Path file, long most) {
        try {
            return JSON.readTree(read(file, most));
        } catch (JsonProcessingException e) {
            throw new ModelException(file.toAbsolutePath() + ": not readable as JSON: " + FailureText.of(e), e);
        } catch (IOException e) {
            throw new ModelException(file.toAbsolutePath() + ": not readable: " + FailureText.of(e), e);
        }
    }
}
