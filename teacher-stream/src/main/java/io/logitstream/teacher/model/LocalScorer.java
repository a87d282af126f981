package io.logitstream.teacher.model;

import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.teacher.config.BatchShape;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Scores batches with the teacher of this process, each on a thread of its own, while the stream's threads encode and
 * write those before. The logits of a batch do not depend on the number of threads: each pass has the operation threads
 * of its teacher. Thread-safe.
 */
public final class LocalScorer implements BatchScorer, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LocalScorer.class);
    /** Limit of the wait for passes that are running; a daemon thread that takes longer ends with the process. */
    private static final long CLOSE_SECONDS = 30;

    private final SwitchableTeacher teachers;
    private final BatchShape shape;
    private final ExecutorService workers;

    /**
     * @param teachers the current teacher, closed by its owner
     * @param shape largest batch to expect
     */
    public LocalScorer(SwitchableTeacher teachers, BatchShape shape) {
        this.teachers = teachers;
        this.shape = shape;
        // LookAhead limits the number of batches, and with it that of the threads.
        this.workers = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "teacher");
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * Starts to score a batch. A result of null says that it was not scored: the stream's thread scores it when it gets
     * there, and so meets a fault at its record.
     */
    @Override
    public CompletableFuture<ScoredBatch> score(TokenBatch batch) {
        CompletableFuture<ScoredBatch> result = new CompletableFuture<>();
        workers.execute(() -> {
            if (!result.isDone()) {
                result.complete(scored(batch));
            }
        });
        return result;
    }

    private ScoredBatch scored(TokenBatch batch) {
        try (SwitchableTeacher.Lease lease = teachers.hold()) {
            ScoredBatch scored = lease.teacher().score(batch, new SparseLogits());
            return new ScoredBatch(scored.logits(), scored.textLoss(), lease.teacher());
        } catch (Throwable e) {
            // An error that is thrown here reaches nobody, and the stream would wait for the result.
            LOG.debug("a batch was not scored ahead", e);
            return null;
        }
    }

    @Override
    public int concurrency() {
        try (SwitchableTeacher.Lease lease = teachers.hold()) {
            return lease.teacher().passes(shape);
        }
    }

    /** Waits for the passes that are running, as their teacher may be closed afterwards. */
    @Override
    public void close() {
        workers.shutdownNow();
        try {
            if (!workers.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                LOG.debug("a forward pass is still running");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
