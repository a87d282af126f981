package io.logitstream.producers;

import io.logitstream.producers.batches.ExcludedDocuments;
import io.logitstream.producers.corpus.CorpusReport;

/**
 * Result of a run of the publisher.
 *
 * @param corpus name of the corpus
 * @param batches batches of the corpus in the topic
 * @param predictedTokens their predicted tokens
 * @param newBatches batches that this run added
 * @param complete whether the corpus has ended in the topic; false if publishing was stopped
 * @param report what was read of the corpus, without excluded documents; empty if the corpus was complete before
 * @param excluded documents that were read and not published; null if the corpus was complete before
 */
public record PublishResult(
        String corpus,
        long batches,
        long predictedTokens,
        long newBatches,
        boolean complete,
        CorpusReport report,
        ExcludedDocuments excluded) {

    /** Whether all batches were in the topic before this run. */
    public boolean wasComplete() {
        return complete && newBatches == 0;
    }
}
