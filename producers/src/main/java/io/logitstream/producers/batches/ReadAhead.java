package io.logitstream.producers.batches;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Reads and tokenizes batches ahead on a second thread, so that a slow source keeps no transaction open and a source on
 * one thread is not kept waiting while a shard is published.
 */
public final class ReadAhead implements AutoCloseable {
    /**
     * A batch, the end or a failure.
     *
     * @param batch the batch; null at the end of the corpus and after a failure
     * @param fraction fraction of the corpus that was read, 0 to 1; NaN if it is unknown
     * @param failure error of reading the corpus; null if there was none
     */
    public record Item(CorpusBatch batch, double fraction, Throwable failure) {}

    private static final int BATCHES = 2048;
    /** Tokens ahead, which take four bytes each; at least one batch. */
    private static final int TOKENS = 2 << 20;

    private static final long PATIENCE_MS = 10_000;

    private final BlockingQueue<Item> queue = new ArrayBlockingQueue<>(BATCHES);
    private final Semaphore room = new Semaphore(TOKENS);
    private final Thread thread;

    /**
     * Starts to read.
     *
     * @param atEnd runs on the reading thread when all is read and tokenized
     */
    public ReadAhead(BatchSource source, Runnable atEnd) {
        thread = new Thread(() -> run(source, atEnd), "corpus-reader");
        thread.setDaemon(true);
        thread.start();
    }

    /**
     * Returns the next item, or null if none is available within the time.
     *
     * @throws RuntimeException error of reading the corpus
     */
    public Item poll(long nanos) throws InterruptedException {
        Item item = queue.poll(nanos, TimeUnit.NANOSECONDS);
        if (item != null && item.batch() != null) {
            room.release(size(item.batch()));
        }
        if (item != null && item.failure() instanceof RuntimeException failure) {
            throw failure;
        }
        if (item != null && item.failure() instanceof Error failure) {
            throw failure;
        }
        return item;
    }

    /** Stops the thread. A thread that waits for standard input remains, without any effect. */
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

    private void run(BatchSource source, Runnable atEnd) {
        try {
            while (!Thread.currentThread().isInterrupted() && source.hasNext()) {
                CorpusBatch batch = source.next();
                room.acquire(size(batch));
                queue.put(new Item(batch, source.fraction(), null));
            }
            queue.put(new Item(null, 1, null));
            // Otherwise they tokenize text behind the end, for nothing, until all batches are taken.
            source.endThreads();
            atEnd.run();
        } catch (InterruptedException e) {
            // Closed.
        } catch (RuntimeException | Error e) {
            fail(e);
        }
    }

    private static int size(CorpusBatch batch) {
        return Math.min(TOKENS, batch.tokens().length);
    }

    private void fail(Throwable e) {
        try {
            queue.put(new Item(null, Double.NaN, e));
        } catch (InterruptedException interrupted) {
            // Closed: no item is needed any more.
        }
    }
}
