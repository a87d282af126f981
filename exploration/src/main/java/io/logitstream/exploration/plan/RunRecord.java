package io.logitstream.exploration.plan;

import io.logitstream.pipeline.inspection.SupportRule;
import io.logitstream.student.evaluation.Evaluation;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What is known of a run, as in {@code state/ID.json}. A run is finished when it has been evaluated.
 *
 * @param id made of all settings that have an influence on the run
 * @param folder folder of the student below {@code runs}
 * @param seed seed of the student
 * @param settings its settings, flat
 * @param topic topic that it is trained from; a run that was begun goes on with it
 * @param topP {@code loss.topP} with which it reads the topic, or null
 * @param topK {@code loss.topK} with which it reads the topic, or null
 * @param support what it sees of the teacher's distributions; null without a teacher
 * @param parameters trainable values
 * @param operations floating-point operations of the training, by the formula of {@code train --dry-run}
 * @param seconds wall-clock seconds of the training so far, other runs beside it; what a crash undid is not counted
 * @param steps optimizer steps, when trained
 * @param tokens predicted tokens, when trained
 * @param failure why it has ended before its time, or null
 * @param evaluation it on the held-out text, or null
 * @param teacher its teacher on the held-out text, or null
 * @param samples continuations by their prompts, of the plans that had some; empty before they are made
 */
public record RunRecord(
        String id,
        String folder,
        long seed,
        Map<String, Object> settings,
        String topic,
        Double topP,
        Integer topK,
        SupportRule support,
        long parameters,
        double operations,
        double seconds,
        Long steps,
        Long tokens,
        String failure,
        Evaluation evaluation,
        Evaluation teacher,
        Map<String, String> samples) {

    /** Whether nothing is left to do. */
    public boolean finished() {
        return evaluation != null;
    }

    /** The same after so many seconds. */
    public RunRecord after(double total) {
        return new RunRecord(
                id,
                folder,
                seed,
                settings,
                topic,
                topP,
                topK,
                support,
                parameters,
                operations,
                total,
                steps,
                tokens,
                null,
                evaluation,
                teacher,
                samples);
    }

    /** The same, trained. */
    public RunRecord trained(double total, long stepsDone, long tokensDone, double operationsDone) {
        return new RunRecord(
                id,
                folder,
                seed,
                settings,
                topic,
                topP,
                topK,
                support,
                parameters,
                operationsDone,
                total,
                stepsDone,
                tokensDone,
                null,
                evaluation,
                teacher,
                samples);
    }

    /** The same, ended by a failure. */
    public RunRecord failed(String why) {
        return new RunRecord(
                id,
                folder,
                seed,
                settings,
                topic,
                topP,
                topK,
                support,
                parameters,
                operations,
                seconds,
                steps,
                tokens,
                why,
                null,
                null,
                samples);
    }

    /** The same, evaluated. */
    public RunRecord evaluated(Evaluation student, Evaluation ofTeacher) {
        return new RunRecord(
                id,
                folder,
                seed,
                settings,
                topic,
                topP,
                topK,
                support,
                parameters,
                operations,
                seconds,
                steps,
                tokens,
                null,
                student,
                ofTeacher,
                samples);
    }

    /** The same with more samples. */
    public RunRecord sampled(Map<String, String> more) {
        Map<String, String> all = new LinkedHashMap<>(samples);
        all.putAll(more);
        return new RunRecord(
                id,
                folder,
                seed,
                settings,
                topic,
                topP,
                topK,
                support,
                parameters,
                operations,
                seconds,
                steps,
                tokens,
                failure,
                evaluation,
                teacher,
                all);
    }
}
