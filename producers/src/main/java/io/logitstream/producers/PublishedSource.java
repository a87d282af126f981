package io.logitstream.producers;

import io.logitstream.producers.batches.CorpusBatch;
import io.logitstream.schemas.kafka.BatchPosition;

/** A source of a corpus while it is published: the check of what the topic has of it, and the counts of this run. */
final class PublishedSource {
    private final String name;
    private final ResumeCheck resume;
    private final long batchesBefore;
    private long batches;
    private long tokens;
    private long committedBatches;
    private long committedTokens;

    /**
     * @param name name in the records
     * @param resume skips the published batches
     * @param after position of the last published batch; null if there is none
     */
    PublishedSource(String name, ResumeCheck resume, BatchPosition after) {
        this.name = name;
        this.resume = resume;
        batchesBefore = after == null ? 0 : after.number() + 1;
        batches = batchesBefore;
        committedBatches = batchesBefore;
        tokens = after == null ? 0 : after.tokensSoFar();
        committedTokens = tokens;
    }

    String name() {
        return name;
    }

    /** Check of the published batches. */
    ResumeCheck resume() {
        return resume;
    }

    /** Counts a batch that was written. */
    void written(CorpusBatch batch) {
        batches = batch.number() + 1;
        tokens = batch.tokensSoFar();
    }

    /** Counts what was written as committed. */
    void committed() {
        committedBatches = batches;
        committedTokens = tokens;
    }

    /** Written batches, including those of earlier runs. */
    long batches() {
        return batches;
    }

    /** Predicted tokens of the written batches. */
    long tokens() {
        return tokens;
    }

    /** Committed batches, including those of earlier runs. */
    long committedBatches() {
        return committedBatches;
    }

    /** Predicted tokens of the committed batches. */
    long committedTokens() {
        return committedTokens;
    }

    /** Batches committed by this run. */
    long newBatches() {
        return committedBatches - batchesBefore;
    }
}
