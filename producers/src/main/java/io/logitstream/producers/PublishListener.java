package io.logitstream.producers;

/** Hears of progress, on the publishing thread. */
@FunctionalInterface
public interface PublishListener {
    /**
     * More of the corpus is committed; also called once when publishing continues after an earlier run.
     *
     * @param batches batches of the corpus in the topic
     * @param predictedTokens their predicted tokens
     * @param fraction how much of the corpus that is, 0 to 1; NaN where it is unknown (standard input)
     */
    void committed(long batches, long predictedTokens, double fraction);
}
