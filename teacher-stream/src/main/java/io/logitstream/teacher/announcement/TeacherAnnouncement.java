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
 * Announcement of a teacher that a stream has to use from now on: a JSON object, with the name of the logits topic as
 * its key.
 *
 * @param path absolute path of the teacher's folder or TorchScript file on the machines of the stream
 * @param id name of the teacher in the records
 * @param weightsHash SHA-256 of its weight files, in lower-case hexadecimal
 * @param trainingStep training step of the checkpoint; null for a finished teacher
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record TeacherAnnouncement(String path, String id, String weightsHash, Long trainingStep) {
    /** Maximum size of a record's value in bytes: several times the size of the longest path. */
    static final int MAX_BYTES = 64 * 1024;

    private static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    private static final int MAX_PATH_LENGTH = 4096;
    private static final int MAX_ID_LENGTH = 255;

    /** Encodes the announcement as a record's value. */
    byte[] bytes() {
        try {
            return JSON.writeValueAsBytes(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Decodes a record's value.
     *
     * @throws LogitstreamException when it is not a valid announcement
     */
    static TeacherAnnouncement of(byte[] value) {
        if (value == null) {
            throw new LogitstreamException("the record has no value");
        }
        if (value.length > MAX_BYTES) {
            throw new LogitstreamException("its value has " + value.length + " bytes, more than the " + MAX_BYTES
                    + " allowed for an announcement");
        }
        try {
            TeacherAnnouncement read = JSON.readValue(value, TeacherAnnouncement.class);
            if (read == null) {
                throw new LogitstreamException("it is not an announcement in JSON");
            }
            return read.require();
        } catch (IOException | StackOverflowError e) {
            throw new LogitstreamException("it is not an announcement in JSON", e);
        }
    }

    /**
     * Checks the fields, without looking at the folder.
     *
     * @return this
     * @throws LogitstreamException when a field is missing or invalid
     */
    public TeacherAnnouncement require() {
        if (path == null || id == null || weightsHash == null) {
            throw new LogitstreamException("path, id or weightsHash is missing");
        }
        if (id.isBlank() || id.length() > MAX_ID_LENGTH || id.chars().anyMatch(Character::isISOControl)) {
            throw new LogitstreamException(
                    "id '" + Printable.of(id) + "' is not a name of 1 to " + MAX_ID_LENGTH + " printable characters");
        }
        if (!weightsHash.matches("[0-9a-f]{64}")) {
            throw new LogitstreamException(
                    "weightsHash '" + Printable.of(weightsHash) + "' is not a SHA-256 in lower-case hexadecimal");
        }
        if (trainingStep != null && trainingStep < 0) {
            throw new LogitstreamException("trainingStep " + trainingStep + " is negative");
        }
        folder();
        return this;
    }

    /** The path as a {@link Path} of this machine. */
    Path folder() {
        if (path.length() > MAX_PATH_LENGTH) {
            throw new LogitstreamException("path has " + path.length() + " characters, more than " + MAX_PATH_LENGTH);
        }
        try {
            Path folder = Path.of(path);
            if (!folder.isAbsolute()) {
                throw new LogitstreamException("path '" + Printable.of(path)
                        + "' is not absolute: instances of the stream may run in different working directories");
            }
            return folder;
        } catch (InvalidPathException e) {
            throw new LogitstreamException(ModelFailureText.of(e), e);
        }
    }
}
