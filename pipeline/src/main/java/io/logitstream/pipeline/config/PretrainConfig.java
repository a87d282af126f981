package io.logitstream.pipeline.config;

import io.logitstream.student.config.LossConfig;
import io.logitstream.student.config.StudentConfig;
import io.logitstream.student.config.TrainingConfig;

/**
 * Model that {@code pretrain} trains on the text alone. Settings that are left out are those of the top level.
 *
 * @param student shape of the model
 * @param training training of the model; the settings of teachers have no effect
 */
public record PretrainConfig(StudentConfig student, TrainingConfig training) {
    /** The same as the settings of a student without a teacher. */
    public StudentTrainingConfig withoutTeacher() {
        return new StudentTrainingConfig(
                student, training.withoutTeacher(), LossConfig.defaults().withAlpha(0));
    }
}
