package io.logitstream.student.training;

import io.logitstream.student.checkpoint.TrainingState;

/**
 * A run at its end.
 *
 * @param steps optimizer steps
 * @param tokens predicted tokens trained on
 * @param budget predicted tokens it was to be trained on; more than {@code tokens} when the corpus ended before
 */
public record TrainingSummary(long steps, long tokens, long budget) {
    static TrainingSummary of(TrainingState state) {
        return new TrainingSummary(state.step(), state.tokens(), state.budget());
    }
}
