package io.logitstream.teacher.online;

import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.model.libtorch.OperationThreads;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * A thread that runs tasks in the order of their submission. The training thread waits only when too many large tasks
 * are pending. The first error is thrown by the next call.
 */
final class EmitThread implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 10;

    private final ExecutorService executor;
    private final Semaphore room;
    private volatile Throwable failure;

    /** @param maxLarge maximum number of pending large tasks */
    EmitThread(int maxLarge) {
        this.room = new Semaphore(maxLarge);
        OperationThreads threads = OperationThreads.current();
        this.executor = Executors.newSingleThreadExecutor(task -> {
            Thread thread = new Thread(
                    () -> {
                        threads.adopt();
                        task.run();
                    },
                    "emit-logits");
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Submits a task that holds little memory. */
    void submit(Runnable work) {
        requireHealthy();
        executor.execute(() -> run(work));
    }

    /** Waits until a large task may be submitted; the caller then has to call {@link #submitLarge}. */
    void awaitRoom() {
        requireHealthy();
        room.acquireUninterruptibly();
    }

    /** Submits a task that holds a copy of logits, after {@link #awaitRoom}. */
    void submitLarge(Runnable work) {
        executor.execute(() -> {
            try {
                run(work);
            } finally {
                room.release();
            }
        });
    }

    private void run(Runnable work) {
        try {
            // Tasks after an error still run, to release their memory. They check failed() themselves.
            work.run();
        } catch (Throwable e) {
            // Errors as well: logits that are not emitted must stop the training.
            failure = failure == null ? e : failure;
        }
    }

    /** Whether a task has failed. */
    boolean failed() {
        return failure != null;
    }

    private void requireHealthy() {
        if (failure instanceof RuntimeException e) {
            throw e;
        } else if (failure != null) {
            throw new LogitstreamException("logits cannot be emitted: " + FailureText.of(failure), failure);
        }
    }

    /** Waits until all submitted tasks are done. */
    void await() {
        Future<?> last = executor.submit(() -> {});
        try {
            last.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LogitstreamException("interrupted while logits were emitted", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
        requireHealthy();
    }

    /** Stops the thread after the pending tasks, or after 10 seconds. */
    @Override
    public void close() {
        executor.shutdown();
        try {
            if (!executor.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                executor.shutdownNow();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            executor.shutdownNow();
        }
    }
}
