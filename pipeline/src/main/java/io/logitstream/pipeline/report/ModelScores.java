package io.logitstream.pipeline.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.logitstream.student.evaluation.Evaluation;
import io.logitstream.student.tasks.TaskScore;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * All that was found out about a model.
 *
 * @param evaluation the model on held-out text, or null
 * @param tasks its scores on multiple-choice tasks by name
 */
public record ModelScores(
        @JsonUnwrapped Evaluation evaluation,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<String, TaskScore> tasks) {

    /** Brings together what there is on each model. */
    public static Map<String, ModelScores> of(
            Map<String, Evaluation> evaluations, Map<String, Map<String, TaskScore>> scores) {
        Map<String, ModelScores> reports = new LinkedHashMap<>();
        evaluations.forEach((name, evaluation) ->
                reports.put(name, new ModelScores(evaluation, scores.getOrDefault(name, Map.of()))));
        scores.forEach((name, tasks) -> reports.putIfAbsent(name, new ModelScores(null, tasks)));
        return reports;
    }
}
