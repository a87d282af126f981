package io.logitstream.teacher.model;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.logits.SparseLogits;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * What a teacher says of a batch.
 *
 * @param logits selected logits of all positions
 * @param textLoss negative log-likelihood of the batch's predicted tokens, summed over them, in nats; null if the
 *     teacher does not give it
 * @param teacher the teacher that says it; null if it is never replaced
 */
public record ScoredBatch(SparseLogits logits, Double textLoss, StreamTeacher teacher) {
    /** What a teacher says that is never replaced. */
    public ScoredBatch(SparseLogits logits, Double textLoss) {
        this(logits, textLoss, null);
    }

    /** Whether a teacher says it, and not another one before it. */
    public boolean isBy(StreamTeacher current) {
        return teacher == null || teacher == current;
    }

    /**
     * Waits for a result.
     *
     * @throws RuntimeException the exception with which the result was completed
     */
    public static ScoredBatch await(CompletableFuture<ScoredBatch> result) {
        try {
            return result.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            if (e.getCause() instanceof Error failure) {
                throw failure;
            }
            throw new LogitstreamException("a batch was not scored", e);
        } catch (CancellationException e) {
            throw new LogitstreamException("the teacher was closed before it had scored a batch", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LogitstreamException("interrupted while a batch was scored", e);
        }
    }
}
