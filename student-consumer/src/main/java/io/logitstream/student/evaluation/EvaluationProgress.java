package io.logitstream.student.evaluation;

/** Receives the progress of an evaluation, on the thread that called it. */
@FunctionalInterface
public interface EvaluationProgress {
    /**
     * More of the text is evaluated.
     *
     * @param tokens tokens evaluated so far
     */
    void evaluated(long tokens);

    /** The text was read to its end, and its topic is not needed any more. The last batches may still be computed. */
    default void textRead() {}
}
