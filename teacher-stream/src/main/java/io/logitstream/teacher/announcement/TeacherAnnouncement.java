package io.logitstream.teacher.announcement;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.Printable;
import io.logitstream.model.trial.ModelFailureText;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * Says that a teacher stream is to go on with another teacher; a JSON object, under the logits topic's name as its key.
 *
 * @param path folder of the teacher where the instances of the stream find it, or a TorchScript file
 * @param id name of the teacher in the records
 * @param weightsHash SHA-256 over its weight files, lower-case hexadecimal
 * @param trainingStep where it stood in its own training, null for a finished teacher
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record TeacherAnnouncement(String path, String id, String weightsHash, Long trainingStep) {
    /** Largest value of a record: several times what the longest path takes. */
    static final int MAX_BYTES = 64 * 1024;

    private static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    private static final int LONGEST_PATH = 4096;
    private static final int LONGEST_ID = 255;

    /** As a record's value. */
    byte[] bytes() {
        try {
            return JSON.writeValueAsBytes(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Reads a record's value.
     *
     * @throws LogitstreamException when it is no announcement that a stream can follow
     */
    static TeacherAnnouncement of(byte[] value) {
        if (value == null) {
            throw new LogitstreamException("the record has no value");
        }
        if (value.length > MAX_BYTES) {
            throw new LogitstreamException(
                    "its value has " + value.length + " bytes, more than the " + MAX_BYTES + " of any announcement");
        }
        try {
            TeacherAnnouncement read = JSON.readValue(value, TeacherAnnouncement.class);
            if (read == null) {
                throw new LogitstreamException("it is no JSON of an announcement");
            }
            return read.require();
        } catch (IOException | StackOverflowError e) {
            throw new LogitstreamException("it is no JSON of an announcement", e);
        }
    }

    /**
     * Requires what any instance can check without looking at the folder.
     *
     * @return this
     * @throws LogitstreamException naming the field
     */
    public TeacherAnnouncement require() {
        if (path == null || id == null || weightsHash == null) {
            throw new LogitstreamException("path, id or weightsHash is missing");
        }
        if (id.isBlank() || id.length() > LONGEST_ID || id.chars().anyMatch(Character::isISOControl)) {
            throw new LogitstreamException(
                    "id '" + Printable.of(id) + "' is no name of 1 to " + LONGEST_ID + " printable characters");
        }
        if (!weightsHash.matches("[0-9a-f]{64}")) {
            throw new LogitstreamException(
                    "weightsHash '" + Printable.of(weightsHash) + "' is no SHA-256 in lower-case hexadecimal");
        }
        if (trainingStep != null && trainingStep < 0) {
            throw new LogitstreamException("trainingStep " + trainingStep + " is negative");
        }
        folder();
        return this;
    }

    /** The path as this machine has it. */
    Path folder() {
        if (path.length() > LONGEST_PATH) {
            throw new LogitstreamException("path has " + path.length() + " characters, more than " + LONGEST_PATH);
        }
        try {
            Path folder = Path.of(path);
            if (!folder.isAbsolute()) {
                throw new LogitstreamException("path '" + Printable.of(path)
                        + "' is not absolute: it would mean another" + " folder to each instance");
            }
            return folder;
        } catch (InvalidPathException e) {
            throw new LogitstreamException(ModelFailureText.of(e), e);
        }
    }
}
