package io.logitstream.teacher;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.schemas.LogitstreamException;
import java.io.IOException;

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
  private static final ObjectMapper JSON = new ObjectMapper();

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
   * @throws LogitstreamException when it is no announcement
   */
  static TeacherAnnouncement of(byte[] value) {
    try {
      TeacherAnnouncement read = value == null ? null : JSON.readValue(value, TeacherAnnouncement.class);
      if (read == null || read.path == null || read.id == null || read.weightsHash == null) {
        throw new LogitstreamException("path, id or weightsHash is missing");
      }
      return read;
    } catch (IOException e) {
      throw new LogitstreamException("it is no JSON of an announcement", e);
    }
  }
}
