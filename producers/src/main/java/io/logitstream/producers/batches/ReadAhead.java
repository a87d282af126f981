package io.logitstream.producers.batches;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Reads and tokenizes on a thread of its own, a few batches ahead, so that a slow source never keeps a
 * transaction open.
 */
public final class ReadAhead implements AutoCloseable {
    /** A batch and how much of the corpus is read; the batch is null after the last. */
    public record Item(CorpusBatch batch, double fraction, Throwable failure) {}

    private static final int BATCHES = 8;
    private static final long PATIENCE_MS = 10_000;

    private final BlockingQueue<Item> queue = new ArrayBlockingQueue<>(BATCHES);
    private final Thread thread;

    public ReadAhead(TokenBatchSource source) {
        thread = new Thread(() -> run(source), "corpus-reader");
        thread.setDaemon(true);
        thread.start();
    }

    /**
     * The next item, or null if there is none within the time.
     *
     * @throws RuntimeException what reading the corpus failed with
     */
    public Item poll(long nanos) throws InterruptedException {
        Item item = queue.poll(nanos, TimeUnit.NANOSECONDS);
        if (item != null && item.failure() instanceof RuntimeException failure) {
            throw failure;
        }
        if (item != null && item.failure() instanceof Error failure) {
            throw failure;
        }
        return item;
    }

    /** Ends the thread; one that waits for standard input is left behind, and does nothing more. */
    @Override
    public void close() {
        thread.interrupt();
        boolean interrupted = Thread.interrupted();
        try {
            thread.join(PATIENCE_MS);
        } catch (InterruptedException e) {
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void run(TokenBatchSource source) {
        try {
            while (!Thread.currentThread().isInterrupted() && source.hasNext()) {
                queue.put(new Item(source.next(), source.fraction(), null));
            }
            queue.put(new Item(null, 1, null));
        } catch (InterruptedException e) {
            // Closed.
        } catch (RuntimeException | Error e) {
            fail(e);
        }
    }

    private void fail(Throwable e) {
        try {
            queue.put(new Item(null, Double.NaN, e));
        } catch (InterruptedException interrupted) {
            // Closed: nobody asks any more.
        }
    }
}
