package io.logitstream.pipeline.config;

import io.logitstream.student.config.LossConfig;
import io.logitstream.student.config.StudentConfig;
import io.logitstream.student.config.TrainingConfig;
import io.logitstream.student.metrics.FlatValues;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One of several students. What is left out is as in the top level of the configuration.
 *
 * @param student shape
 * @param training how it is trained
 * @param loss its loss
 */
public record StudentTrainingConfig(StudentConfig student, TrainingConfig training, LossConfig loss) {
    /** The same with a budget of its epochs of a corpus, unless it has one; null leaves it open. */
    public StudentTrainingConfig withBudget(Long corpusTokens) {
        return corpusTokens == null || training.tokens() != null
                ? this
                : new StudentTrainingConfig(student, training.withTokens(corpusTokens * training.epochs()), loss);
    }

    /** Its settings by the names that they have in a configuration. */
    public Map<String, Object> hyperparameters() {
        Map<String, Object> settings = new LinkedHashMap<>();
        FlatValues.of((Object) student).forEach((key, value) -> settings.put("student." + key, value));
        FlatValues.of((Object) training).forEach((key, value) -> settings.put("training." + key, value));
        FlatValues.of((Object) loss).forEach((key, value) -> settings.put("loss." + key, value));
        return settings;
    }
}
