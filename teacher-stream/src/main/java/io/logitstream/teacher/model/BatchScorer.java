package io.logitstream.teacher.model;

import io.logitstream.schemas.TokenBatch;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** A source of a teacher's logits that works on several batches at the same time. Thread-safe. */
public interface BatchScorer {
    /**
     * Starts to score a batch. Returns at once.
     *
     * @param batch valid batch of the teacher's tokenizer
     * @return the result; cancelling it gives up the work on the batch. It fails with {@link UnusableBatchException} if
     *     the batch itself can never be scored
     */
    CompletableFuture<ScoredBatch> score(TokenBatch batch);

    /**
     * Scores a batch in the calling thread, within the limits of this scorer.
     *
     * @param pass computes the result
     */
    default ScoredBatch scoreNow(Supplier<ScoredBatch> pass) {
        return pass.get();
    }

    /** Number of batches that are worth being worked on at the same time. */
    int concurrency();
}
