package io.logitstream.student.training;

import io.logitstream.student.checkpoint.TrainingState;

/**
 * The end of a run.
 *
 * @param steps optimizer steps done
 * @param tokens predicted tokens trained on
 * @param budget predicted tokens that the run was configured for; more than {@code tokens} when the corpus ended
 *     earlier
 */
public record TrainingSummary(long steps, long tokens, long budget) {
    static TrainingSummary of(TrainingState state) {
        return new TrainingSummary(state.step(), state.tokens(), state.budget());
    }
}
