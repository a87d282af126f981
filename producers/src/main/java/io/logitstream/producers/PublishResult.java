package io.logitstream.producers;

import io.logitstream.producers.batches.ExcludedDocuments;
import io.logitstream.producers.corpus.CorpusReport;
import java.util.List;

/**
 * Result of a run of the publisher.
 *
 * @param corpus name of the corpus
 * @param batches batches of the corpus in the topic
 * @param predictedTokens their predicted tokens
 * @param newBatches batches that this run added
 * @param complete whether the corpus has ended in the topic; false if publishing was stopped
 * @param report what was read of the corpus, without excluded documents; empty if the corpus was complete before, null
 *     for a mixture
 * @param excluded documents that were read and not published; null if the corpus was complete before, and for a mixture
 * @param sources results of the sources of a mixture; empty for one corpus
 */
public record PublishResult(
        String corpus,
        long batches,
        long predictedTokens,
        long newBatches,
        boolean complete,
        CorpusReport report,
        ExcludedDocuments excluded,
        List<PublishResult> sources) {
    /** The result of one corpus. */
    public PublishResult(
            String corpus,
            long batches,
            long predictedTokens,
            long newBatches,
            boolean complete,
            CorpusReport report,
            ExcludedDocuments excluded) {
        this(corpus, batches, predictedTokens, newBatches, complete, report, excluded, List.of());
    }

    /** The result of a mixture. */
    static PublishResult ofMixture(String name, List<PublishResult> sources) {
        return new PublishResult(
                name,
                sources.stream().mapToLong(PublishResult::batches).sum(),
                sources.stream().mapToLong(PublishResult::predictedTokens).sum(),
                sources.stream().mapToLong(PublishResult::newBatches).sum(),
                sources.stream().allMatch(PublishResult::complete),
                null,
                null,
                sources);
    }

    /** Whether all batches were in the topic before this run. */
    public boolean wasComplete() {
        return complete && newBatches == 0;
    }
}
