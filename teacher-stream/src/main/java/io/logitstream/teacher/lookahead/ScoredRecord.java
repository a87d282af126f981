package io.logitstream.teacher.lookahead;

import io.logitstream.schemas.TokenBatch;
import io.logitstream.teacher.model.ScoredBatch;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** The result of a record whose batch was scored ahead, or none. */
public final class ScoredRecord {
    /** A record that was not scored ahead. */
    public static final ScoredRecord NONE = new ScoredRecord(null, null);

    private final TokenBatch batch;
    private final CompletableFuture<ScoredBatch> result;

    ScoredRecord(TokenBatch batch, CompletableFuture<ScoredBatch> result) {
        this.batch = batch;
        this.result = result;
    }

    /**
     * The result, if it is that of a batch. It never is that of another record: a topic that was deleted and created
     * again has other batches at the same offsets.
     *
     * @param processed batch of the record that is processed
     */
    public Optional<CompletableFuture<ScoredBatch>> of(TokenBatch processed) {
        return processed.equals(batch) ? Optional.of(result) : Optional.empty();
    }
}
