package io.logitstream.student.evaluation;

/** Receives the progress of an evaluation, on the evaluating threads. */
@FunctionalInterface
public interface EvaluationProgress {
    /** Some batches are evaluated, of so many tokens in all. */
    void evaluated(long tokens);

    /** The text was read to its end, and its topic is not needed any more. The last batches may still be computed. */
    default void textRead() {}
}
