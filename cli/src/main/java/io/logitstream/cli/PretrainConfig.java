package io.logitstream.cli;

import io.logitstream.student.LossConfig;
import io.logitstream.student.StudentConfig;
import io.logitstream.student.TrainingConfig;

/**
 * The model that {@code pretrain} makes, on the text alone. What is left out is as in the top level of the
 * configuration.
 *
 * @param student shape
 * @param training how it is trained; it reads no logits, so that it has no teachers
 */
public record PretrainConfig(StudentConfig student, TrainingConfig training) {
  /** As a training without a teacher. */
  StudentRun run() {
    return new StudentRun(student, training.withoutTeacher(), LossConfig.defaults().withAlpha(0));
  }
}
