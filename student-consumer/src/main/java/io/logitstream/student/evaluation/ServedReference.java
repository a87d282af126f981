package io.logitstream.student.evaluation;

import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.student.input.TrainingBatch;
import java.util.concurrent.CompletableFuture;

/** A teacher whose weights are elsewhere, as models are compared with it: it tells its most likely tokens only. */
public interface ServedReference {
    /**
     * What the teacher says of a batch.
     *
     * @param logits its most likely tokens at each position
     * @param textLoss negative log-likelihood of the predicted tokens, summed over them, in nats
     */
    record Scores(SparseLogits logits, double textLoss) {}

    /** Starts to score a batch, and returns at once. */
    CompletableFuture<Scores> score(TrainingBatch batch);

    /** Batches that are worth being in flight. */
    int concurrency();
}
