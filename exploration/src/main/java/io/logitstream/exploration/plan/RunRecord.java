package io.logitstream.exploration.plan;

import io.logitstream.pipeline.inspection.SupportRule;
import io.logitstream.student.evaluation.Evaluation;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Recorded state of a run, as in {@code state/ID.json}. A run is finished once it is evaluated.
 *
 * @param id hash of all settings that influence the run
 * @param folder folder of the student, relative to {@code runs}
 * @param seed seed of the student
 * @param settings settings as a flat map
 * @param topic topic that the run reads; fixed once the run has started
 * @param topP {@code loss.topP} with which it reads the topic, or null
 * @param topK {@code loss.topK} with which it reads the topic, or null
 * @param support entries of the teacher's distributions that the student sees; null without a teacher
 * @param parameters trainable parameters
 * @param operations floating-point operations of the training, by the formula of {@code train --dry-run}
 * @param seconds wall-clock seconds of the training so far, with other runs beside it; time lost in a crash is not
 *     counted
 * @param steps optimizer steps; null until trained
 * @param tokens predicted tokens; null until trained
 * @param failure why the run failed; null if it did not
 * @param evaluation scores on the held-out text; null until evaluated
 * @param teacher scores of its teacher on the held-out text; null until evaluated
 * @param samples continuations by prompt; empty before they are generated
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

    /** Whether the run is trained and evaluated. */
    public boolean finished() {
        return evaluation != null;
    }

    /** The record with a new total of training seconds. */
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

    /** The record of the trained run. */
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

    /** The record of the failed run. */
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

    /** The record of the evaluated run. */
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

    /** The record with additional samples. */
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
