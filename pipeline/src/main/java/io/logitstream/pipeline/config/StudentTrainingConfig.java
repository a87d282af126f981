package io.logitstream.pipeline.config;

import io.logitstream.student.config.LossConfig;
import io.logitstream.student.config.StudentConfig;
import io.logitstream.student.config.TrainingConfig;
import io.logitstream.student.metrics.FlatValues;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Settings of one student. Settings that are left out are those of the top level.
 *
 * @param student shape of the student
 * @param training training of the student
 * @param loss loss of the student
 */
public record StudentTrainingConfig(StudentConfig student, TrainingConfig training, LossConfig loss) {
    /**
     * The same with a budget of tokens, unless it has one.
     *
     * @param corpusTokens predicted tokens of the corpus; null leaves the budget open
     */
    public StudentTrainingConfig withBudget(Long corpusTokens) {
        return corpusTokens == null || training.tokens() != null
                ? this
                : new StudentTrainingConfig(student, training.withTokens(corpusTokens * training.epochs()), loss);
    }

    /** All settings by their configuration keys. */
    public Map<String, Object> hyperparameters() {
        Map<String, Object> settings = new LinkedHashMap<>();
        FlatValues.of((Object) student).forEach((key, value) -> settings.put("student." + key, value));
        FlatValues.of((Object) training).forEach((key, value) -> settings.put("training." + key, value));
        FlatValues.of((Object) loss).forEach((key, value) -> settings.put("loss." + key, value));
        return settings;
    }
}
