package io.logitstream.pipeline.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.logitstream.student.evaluation.Evaluation;
import io.logitstream.student.tasks.TaskScore;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Scores of a model.
 *
 * @param evaluation scores on the held-out text; null if not evaluated
 * @param tasks scores on multiple-choice tasks by name
 */
public record ModelScores(
        @JsonUnwrapped Evaluation evaluation,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<String, TaskScore> tasks) {

    /** Combines evaluations and task scores by model. */
    public static Map<String, ModelScores> of(
            Map<String, Evaluation> evaluations, Map<String, Map<String, TaskScore>> scores) {
        Map<String, ModelScores> reports = new LinkedHashMap<>();
        evaluations.forEach((name, evaluation) ->
                reports.put(name, new ModelScores(evaluation, scores.getOrDefault(name, Map.of()))));
        scores.forEach((name, tasks) -> reports.putIfAbsent(name, new ModelScores(null, tasks)));
        return reports;
    }
}
