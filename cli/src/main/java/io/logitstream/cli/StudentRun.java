package io.logitstream.cli;

import io.logitstream.student.LossConfig;
import io.logitstream.student.StudentConfig;
import io.logitstream.student.TrainingConfig;

/**
 * One of several students. What is left out is as in the top level of the configuration.
 *
 * @param student shape
 * @param training how it is trained
 * @param loss its loss
 */
public record StudentRun(StudentConfig student, TrainingConfig training, LossConfig loss) {
  /** The same with a budget of its epochs of a corpus, unless it has one; null leaves it open. */
  StudentRun withBudget(Long corpusTokens) {
    return corpusTokens == null || training.tokens() != null ? this
        : new StudentRun(student, training.withTokens(corpusTokens * training.epochs()), loss);
  }
}
