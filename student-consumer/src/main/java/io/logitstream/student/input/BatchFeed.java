package io.logitstream.student.input;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.student.config.TrainingConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Reads and decodes the topic ahead of the training, on a thread of its own, so that no step waits for Kafka while
 * records are available. Each batch comes with the position behind it: a checkpoint stores the position of the
 * training, not of the reading ahead.
 */
public final class BatchFeed implements AutoCloseable {
    /** Batches decoded ahead: enough to hide a fetch, few enough to cost little memory. */
    private static final int AHEAD = 4;

    private static final long WAIT_MS = 200;

    /** An element of the queue between the reading thread and the training. */
    private sealed interface Item {
        /**
         * A batch, or the end of an epoch.
         *
         * @param batch the batch; empty at the end of an epoch
         * @param last whether no other item follows
         * @param after position behind the batch
         * @param lag batches between that position and the end of the topic
         */
        record Read(Optional<TrainingBatch> batch, boolean last, ReaderState after, long lag) implements Item {}

        /**
         * The failure that has ended the reading.
         *
         * @param failure to be thrown in the training thread
         */
        record Failed(RuntimeException failure) implements Item {}
    }

    private static final class StoppedException extends RuntimeException {
        StoppedException() {
            super("the training has ended");
        }
    }

    private final TopicReader reader;
    private final ShuffleWindow window;
    private final int epochs;
    private final BlockingQueue<Item> ahead = new ArrayBlockingQueue<>(AHEAD);
    private final AtomicReference<ReaderState> toCommit = new AtomicReference<>();
    private final Thread thread;
    private volatile boolean stopped;
    private ReaderState position;
    private long lag;
    private boolean ended;

    /**
     * Starts reading.
     *
     * @param reader reader of the topic, closed with the feed
     * @param training training settings; epochs, shuffle window and seed apply here
     * @param from position of a checkpoint; null for the beginning of the topic
     */
    public BatchFeed(TopicReader reader, TrainingConfig training, ReaderState from) {
        this.reader = reader;
        this.window = new ShuffleWindow(reader, training.shuffleWindow(), training.seed());
        this.epochs = training.epochs();
        this.position = from;
        this.thread = new Thread(() -> read(from), Thread.currentThread().getName() + "-reader");
        thread.setDaemon(true);
        thread.start();
    }

    private void read(ReaderState from) {
        try {
            if (from != null) {
                window.restore(from, this::whileWaiting);
            }
            reader.requireGroup();
            while (true) {
                whileWaiting();
                Optional<TrainingBatch> batch = window.next(this::whileWaiting);
                boolean last = batch.isEmpty() && reader.epoch() + 1 >= epochs;
                put(new Item.Read(batch, last, window.state(), reader.lag()));
                if (last) {
                    return;
                } else if (batch.isEmpty()) {
                    window.nextEpoch();
                }
            }
        } catch (StoppedException e) {
            return;
        } catch (RuntimeException e) {
            put(new Item.Failed(e));
        }
    }

    private void put(Item item) {
        try {
            while (!ahead.offer(item, WAIT_MS, TimeUnit.MILLISECONDS)) {
                if (stopped) {
                    return;
                }
                commitPending();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoppedException();
        }
    }

    private void whileWaiting() {
        if (stopped) {
            throw new StoppedException();
        }
        commitPending();
    }

    private void commitPending() {
        ReaderState state = toCommit.getAndSet(null);
        if (state != null) {
            reader.commitForLagTools(state);
        }
    }

    /**
     * The batches of the next step.
     *
     * @param count number of batches of a step
     * @param waiting called every 0.2 s while there is none; may throw to give up
     * @return the batches: fewer than {@code count} where an epoch ends, none after the last epoch
     * @throws LogitstreamException when the reading has failed
     */
    public List<TrainingBatch> next(int count, Runnable waiting) {
        List<TrainingBatch> batches = new ArrayList<>();
        while (batches.size() < count && !ended) {
            Item.Read item = take(waiting);
            ended = item.last();
            position = item.after();
            lag = item.lag();
            item.batch().ifPresent(batches::add);
            if (item.batch().isEmpty() && !batches.isEmpty()) {
                break;
            }
        }
        return batches;
    }

    private Item.Read take(Runnable waiting) {
        try {
            Item item = ahead.poll(WAIT_MS, TimeUnit.MILLISECONDS);
            while (item == null) {
                waiting.run();
                item = ahead.poll(WAIT_MS, TimeUnit.MILLISECONDS);
            }
            if (item instanceof Item.Failed failed) {
                throw failed.failure();
            }
            return (Item.Read) item;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoppedException();
        }
    }

    /** Position behind the batches that {@link #next} has returned; that of the start before the first, or null. */
    public ReaderState position() {
        return position;
    }

    /** Estimated number of batches between the last returned batch and the end of the topic. */
    public long lag() {
        return lag;
    }

    /** Takes back batches that are no longer used, whose memory the next ones reuse. */
    public void release(List<TrainingBatch> batches) {
        batches.forEach(reader::release);
    }

    /** Commits a position for lag tools, some time later and on the reading thread. */
    public void commitForLagTools(ReaderState state) {
        toCommit.set(state);
    }

    @Override
    public void close() {
        stopped = true;
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        commitPending();
        reader.close();
    }
}
