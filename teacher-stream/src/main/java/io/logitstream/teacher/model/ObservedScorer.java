package io.logitstream.teacher.model;

import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** A scorer elsewhere than in this process, of which a listener knows the batches in flight. Thread-safe. */
public final class ObservedScorer implements BatchScorer {
    private final BatchScorer scorer;
    private final TeachListener listener;

    /** @param scorer computes the results; closed by its owner */
    public ObservedScorer(BatchScorer scorer, TeachListener listener) {
        this.scorer = scorer;
        this.listener = listener;
    }

    @Override
    public CompletableFuture<ScoredBatch> score(TokenBatch batch) {
        CompletableFuture<ScoredBatch> result = scorer.score(batch);
        PassListener pass = listener.onPass(TokenBatches.positions(batch));
        // The result itself is returned, so that cancelling it gives up the work.
        var unused = result.whenComplete((scored, failure) -> {
            if (scored != null) {
                pass.onShare(1);
            }
            pass.onEnd();
        });
        return result;
    }

    @Override
    public ScoredBatch scoreNow(Supplier<ScoredBatch> pass) {
        return scorer.scoreNow(pass);
    }

    @Override
    public int concurrency() {
        return scorer.concurrency();
    }
}
