package io.logitstream.student.input;

import io.logitstream.student.config.TrainingConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Reads and decodes the topic ahead of the training, on a thread of its own, so that a step never waits for Kafka where
 * records are there. Each batch comes with the position behind it, so that a checkpoint knows nothing of what has been
 * read ahead.
 */
public final class BatchFeed implements AutoCloseable {
    /** Batches decoded ahead: enough to hide a fetch, few enough to cost little memory. */
    private static final int AHEAD = 4;

    private static final long LOOK_MS = 200;

    /**
     * A batch on its way.
     *
     * @param batch the batch, null at the end of an epoch
     * @param last whether no other comes after it
     * @param after position behind it
     * @param lag records that wait in the topic
     * @param failure what has ended the reading, or null
     */
    private record Item(TrainingBatch batch, boolean last, ReaderState after, long lag, RuntimeException failure) {}

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
     * @param training epochs, shuffle window and seed
     * @param from position of a checkpoint, or null for the beginning
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
                TrainingBatch batch = window.next(this::whileWaiting);
                boolean last = batch == null && reader.epoch() + 1 >= epochs;
                put(new Item(batch, last, window.state(), reader.lag(), null));
                if (last) {
                    return;
                } else if (batch == null) {
                    window.nextEpoch();
                }
            }
        } catch (StoppedException e) {
            return;
        } catch (RuntimeException e) {
            put(new Item(null, true, null, 0, e));
        }
    }

    private void put(Item item) {
        try {
            while (!ahead.offer(item, LOOK_MS, TimeUnit.MILLISECONDS)) {
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
     * The batches of the next step: fewer than asked for where an epoch or the corpus ends.
     *
     * @param count batches of a step
     * @param waiting called every fifth of a second while there is none; may throw to give up
     * @return the batches, none after the last epoch
     */
    public List<TrainingBatch> next(int count, Runnable waiting) {
        List<TrainingBatch> batches = new ArrayList<>();
        while (batches.size() < count && !ended) {
            Item item = take(waiting);
            if (item.failure != null) {
                throw item.failure;
            }
            ended = item.last;
            position = item.after;
            lag = item.lag;
            if (item.batch != null) {
                batches.add(item.batch);
            } else if (!batches.isEmpty()) {
                break;
            }
        }
        return batches;
    }

    private Item take(Runnable waiting) {
        try {
            Item item = ahead.poll(LOOK_MS, TimeUnit.MILLISECONDS);
            while (item == null) {
                waiting.run();
                item = ahead.poll(LOOK_MS, TimeUnit.MILLISECONDS);
            }
            return item;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoppedException();
        }
    }

    /** Position behind what {@link #next} has returned last; null before the first. */
    public ReaderState position() {
        return position;
    }

    /** Records between what has been read and the end of the topic, when the last batch was read. */
    public long lag() {
        return lag;
    }

    /** Takes batches back whose memory can be used again. */
    public void release(List<TrainingBatch> batches) {
        batches.forEach(reader::release);
    }

    /** Lets lag tools see a position, some time later. */
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
