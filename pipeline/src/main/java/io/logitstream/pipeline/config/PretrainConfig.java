package io.logitstream.pipeline.config;

import io.logitstream.student.config.LossConfig;
import io.logitstream.student.config.StudentConfig;
import io.logitstream.student.config.TrainingConfig;

/**
 * The model that {@code pretrain} makes, on the text alone. What is left out is as in the top level of the
 * configuration.
 *
 * @param student shape
 * @param training how it is trained; it reads no logits, so that it has no teachers
 */
public record PretrainConfig(StudentConfig student, TrainingConfig training) {
    /** As a training without a teacher. */
    public StudentTrainingConfig run() {
        return new StudentTrainingConfig(
                student, training.withoutTeacher(), LossConfig.defaults().withAlpha(0));
    }
}
