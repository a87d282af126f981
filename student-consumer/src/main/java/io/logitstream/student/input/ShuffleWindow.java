package io.logitstream.student.input;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * Draws batches from a window over the topic: the next batch is a random one of the window, and the topic's next batch
 * takes its place. The draws depend on the seed, the epoch and the number of the draw only. A checkpoint stores the
 * addresses of the window's batches, by which they are read again.
 */
final class ShuffleWindow {
    private final TopicReader reader;
    private final int size;
    private final long seed;
    private final List<TrainingBatch> held = new ArrayList<>();
    private boolean ended;

    /**
     * A window over a reader.
     *
     * @param reader source of the batches
     * @param size number of batches in the window; 1 keeps the order of the topic
     * @param seed seed of the draws
     */
    ShuffleWindow(TopicReader reader, int size, long seed) {
        this.reader = reader;
        this.size = size;
        this.seed = seed;
    }

    /** Continues where a checkpoint stood. Batches of corpora that were withdrawn since then are dropped. */
    void restore(ReaderState state, Runnable waiting) {
        for (TrainingBatch batch : reader.restore(state, waiting)) {
            if (reader.isWithdrawn(batch)) {
                reader.release(batch);
            } else {
                held.add(batch);
            }
        }
    }

    /** Position of the window: behind the batches that {@link #next} has returned. */
    ReaderState state() {
        return reader.state()
                .holding(held.stream()
                        .map(batch -> new ReaderState.Address(batch.partition(), batch.offset()))
                        .toList());
    }

    /**
     * The next batch.
     *
     * @param waiting called every 0.2 s while there is none; may throw to give up
     * @return the batch; empty at the end of the epoch
     */
    Optional<TrainingBatch> next(Runnable waiting) {
        while (!ended && held.size() < size) {
            Optional<TrainingBatch> batch = reader.next(waiting);
            batch.ifPresent(held::add);
            ended = batch.isEmpty();
        }
        if (held.isEmpty()) {
            return Optional.empty();
        }
        ReaderState at = reader.state();
        long draw = at.batches() - held.size();
        SplittableRandom random =
                new SplittableRandom(seed + 0x9E3779B97F4A7C15L * (at.epoch() + 1) + draw * 0xD1B54A32D192ED03L);
        return Optional.of(held.remove(random.nextInt(held.size())));
    }

    /** Begins the next pass over the topic. */
    void nextEpoch() {
        reader.nextEpoch();
        ended = false;
    }
}
