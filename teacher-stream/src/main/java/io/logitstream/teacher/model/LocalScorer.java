package io.logitstream.teacher.model;

import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.teacher.config.BatchShape;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Scores batches with the teacher of this process, on threads of its own, while the stream's threads encode and
 * write those before. The logits of a batch do not depend on the number of threads: each pass has the operation threads
 * of its teacher. No more passes run at a time than the teacher has memory for. Thread-safe.
 */
public final class LocalScorer implements BatchScorer, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LocalScorer.class);
    /** Limit of the wait for passes that are running; a daemon thread that takes longer ends with the process. */
    private static final long CLOSE_SECONDS = 30;

    /** A batch that waits for a thread. */
    private final class Pass implements Runnable {
        private final TokenBatch batch;
        private final CompletableFuture<ScoredBatch> result = new CompletableFuture<>();

        private Pass(TokenBatch batch) {
            this.batch = batch;
        }

        @Override
        public void run() {
            limit.enter();
            try {
                // The work may have been given up meanwhile.
                if (!result.isDone()) {
                    result.complete(scored(batch));
                }
            } finally {
                limit.leave();
            }
        }
    }

    private final SwitchableTeacher teachers;
    private final BatchShape shape;
    private final TeachListener listener;
    private final PassLimit limit;
    private final ExecutorService workers;

    /**
     * @param teachers the current teacher, closed by its owner
     * @param shape largest batch to expect
     * @param listener notified of the passes
     */
    public LocalScorer(SwitchableTeacher teachers, BatchShape shape, TeachListener listener) {
        this.teachers = teachers;
        this.shape = shape;
        this.listener = listener;
        this.limit = new PassLimit(this::concurrency);
        this.workers = Executors.newFixedThreadPool(concurrency(), task -> {
            Thread thread = new Thread(task, "teacher");
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * Starts to score a batch. A result of null says that it was not scored: the stream's thread scores it when it gets
     * there, and so meets a fault at its record. A pass that has begun ends even if its result is cancelled, and the
     * next one waits for it.
     */
    @Override
    public CompletableFuture<ScoredBatch> score(TokenBatch batch) {
        Pass pass = new Pass(batch);
        workers.execute(pass);
        return pass.result;
    }

    /** Scores a batch in the calling thread, once there is memory for another pass. */
    @Override
    public ScoredBatch scoreNow(Supplier<ScoredBatch> pass) {
        limit.enter();
        try {
            return pass.get();
        } finally {
            limit.leave();
        }
    }

    private ScoredBatch scored(TokenBatch batch) {
        PassListener pass = listener.onPass(TokenBatches.positions(batch));
        try (SwitchableTeacher.Lease lease = teachers.hold()) {
            ScoredBatch scored = lease.teacher().score(batch, new SparseLogits(), pass::onShare);
            pass.onShare(1);
            return new ScoredBatch(scored.logits(), scored.textLoss(), lease.teacher());
        } catch (Throwable e) {
            // An error that is thrown here reaches nobody, and the stream would wait for the result.
            LOG.debug("a batch was not scored ahead", e);
            return null;
        } finally {
            pass.onEnd();
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
        for (Runnable waiting : workers.shutdownNow()) {
            ((Pass) waiting).result.complete(null);
        }
        try {
            if (!workers.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                LOG.debug("a forward pass is still running");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
