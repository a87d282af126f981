package io.logitstream.producers;

import java.util.Map;

/** Receives the progress of publishing, on the publishing thread. */
@FunctionalInterface
public interface PublishListener {
    /**
     * Called after each commit, and once when publishing continues after an earlier run.
     *
     * @param batches committed batches of the corpus
     * @param predictedTokens their predicted tokens
     * @param fraction committed fraction of the corpus, 0 to 1; NaN if it is unknown (standard input)
     */
    void committed(long batches, long predictedTokens, double fraction);

    /**
     * Called for a mixture, before the counts of each commit.
     *
     * @param tokens committed predicted tokens by the name of the source
     */
    default void shares(Map<String, Long> tokens) {}
}
