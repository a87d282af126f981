package io.logitstream.producers;

import io.logitstream.producers.batches.ExcludedDocuments;
import io.logitstream.producers.corpus.CorpusReport;

/**
 * What a run of the publisher came to.
 *
 * @param corpus name of the corpus
 * @param batches batches of the corpus in the topic
 * @param predictedTokens their predicted tokens
 * @param newBatches batches that this run added
 * @param complete whether the corpus is ended in the topic; false where publishing was stopped
 * @param report what was read of the corpus and is not left out, nothing if it was complete before
 * @param leftOut what was read and left out, null if it was complete before
 */
public record PublishResult(
        String corpus,
        long batches,
        long predictedTokens,
        long newBatches,
        boolean complete,
        CorpusReport report,
        ExcludedDocuments leftOut) {

    /** Whether all batches were in the topic before this run. */
    public boolean wasComplete() {
        return complete && newBatches == 0;
    }
}
