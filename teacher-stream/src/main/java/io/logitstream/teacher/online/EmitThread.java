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
 * One thread that works in the order in which it is asked, beside the training, which waits only when the thread is far
 * behind. The first error ends its work, and is thrown to whoever asks next.
 */
final class EmitThread implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 10;

    private final ExecutorService executor;
    private final Semaphore room;
    private volatile Throwable failure;

    /** @param most pieces of work that {@link #submitLarge} leaves undone before it waits */
    EmitThread(int most) {
        this.room = new Semaphore(most);
        OperationThreads threads = OperationThreads.current();
        this.executor = Executors.newSingleThreadExecutor(task -> {
            Thread thread = new Thread(
                    () -> {
                        threads.adopt();
                        task.run();
                    },
                    "logits-recording");
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Asks for work that holds no memory worth counting. */
    void submit(Runnable work) {
        requireHealthy();
        executor.execute(() -> run(work));
    }

    /** Waits for room to ask for work that holds memory; {@link #submitLarge} follows. */
    void awaitRoom() {
        requireHealthy();
        room.acquireUninterruptibly();
    }

    /** Asks for work that holds memory, once there is {@linkplain #awaitRoom room}. */
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
            // What is left after an error still runs, to release what it holds: it sees the error itself.
            work.run();
        } catch (Throwable e) {
            // Errors too: what is not recorded must stop the training.
            failure = failure == null ? e : failure;
        }
    }

    /** Whether its work has come to an end by an error. */
    boolean failed() {
        return failure != null;
    }

    private void requireHealthy() {
        if (failure instanceof RuntimeException e) {
            throw e;
        } else if (failure != null) {
            throw new LogitstreamException("logits cannot be recorded: " + FailureText.of(failure), failure);
        }
    }

    /** Waits until all is done. */
    void await() {
        Future<?> last = executor.submit(() -> {});
        try {
            last.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LogitstreamException("interrupted while logits were recorded", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
        requireHealthy();
    }

    /** Ends after the work in hand. */
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
