package io.logitstream.student.evaluation;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.model.libtorch.OperationThreads;
import io.logitstream.student.input.TrainingBatch;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

/**
 * Work on batches that is done several at a time and whose results are taken in the order of the batches, on the calling
 * thread, whose operation threads are shared out among the workers.
 */
final class BatchesInOrder<T> implements AutoCloseable {
    private record Running<T>(TrainingBatch batch, Future<T> result) {}

    private final int limit;
    private final BiConsumer<TrainingBatch, T> results;
    private final Deque<Running<T>> running = new ArrayDeque<>();
    private final ExecutorService workers;

    /**
     * @param maxConcurrent most batches at a time; fewer where the calling thread has fewer operation threads
     * @param results takes each result
     */
    BatchesInOrder(int maxConcurrent, BiConsumer<TrainingBatch, T> results) {
        OperationThreads threads = OperationThreads.current();
        this.limit = Math.min(maxConcurrent, threads.count());
        this.results = results;
        this.workers = threads.split(limit, "evaluation");
    }

    /** Starts the work on a batch. Takes the oldest result first where too many are running. */
    void submit(TrainingBatch batch, Callable<T> work) {
        if (running.size() >= limit) {
            take();
        }
        running.add(new Running<>(batch, workers.submit(work)));
    }

    /** Takes the results that are left. */
    void finish() {
        while (!running.isEmpty()) {
            take();
        }
    }

    private void take() {
        Running<T> oldest = running.remove();
        try {
            results.accept(oldest.batch(), oldest.result().get());
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            if (e.getCause() instanceof Error failure) {
                throw failure;
            }
            throw new LogitstreamException("batch " + oldest.batch().key() + " was not evaluated", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LogitstreamException("interrupted while models were evaluated", e);
        }
    }

    /** Waits for the work that is running, which uses memory of the caller. */
    @Override
    public void close() {
        workers.shutdownNow();
        boolean interrupted = false;
        while (!workers.isTerminated()) {
            try {
                workers.awaitTermination(1, TimeUnit.MINUTES);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
