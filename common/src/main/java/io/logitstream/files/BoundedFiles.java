package io.logitstream.files;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads complete files of a model folder, up to a limit far above the size of any real one. */
public final class BoundedFiles {
    /** Limit for {@code config.json} and similar files, which have a few kilobytes in practice. */
    public static final long MAX_CONFIG = 16L << 20;
    /** Limit for {@code tokenizer.json} and the index of shards, which have up to about 35 MB in practice. */
    public static final long MAX_TOKENIZER = 128L << 20;

    private static final ObjectMapper JSON = new ObjectMapper();

    private BoundedFiles() {}

    /**
     * Reads a file.
     *
     * @param file the file
     * @param most maximum size in bytes
     * @throws ModelException if the file is larger or cannot be read
     */
    public static byte[] read(Path file, long most) {
        try {
            long size = Files.size(file);
            if (size > most) {
                throw new ModelException(file.toAbsolutePath() + " has " + size + " bytes, more than the limit of "
                        + most + " for this file");
            }
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new ModelException(file.toAbsolutePath() + ": not readable: " + FailureText.of(e), e);
        }
    }

    /**
     * Reads a JSON file.
     *
     * @param most maximum size in bytes
     * @throws ModelException if the file is larger, cannot be read, is nested more than 1,000 levels deep, or is not
     *     JSON
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
