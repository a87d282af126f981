package io.logitstream.student.input;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Draws batches from a window over the topic: the next one is a random one of those held, and the topic's next takes its
 * place. What is drawn depends on the seed, the epoch and the number of the draw alone, and a checkpoint holds the
 * addresses of the window's batches, from which they are read again.
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
     * @param reader where batches come from
     * @param size batches held; 1 keeps their order
     * @param seed seed of the draws
     */
    ShuffleWindow(TopicReader reader, int size, long seed) {
        this.reader = reader;
        this.size = size;
        this.seed = seed;
    }

    /** Goes where a checkpoint stood. What it held of a corpus that has been withdrawn since is dropped. */
    void restore(ReaderState state, Runnable waiting) {
        for (TrainingBatch batch : reader.restore(state, waiting)) {
            if (reader.isWithdrawn(batch)) {
                reader.release(batch);
            } else {
                held.add(batch);
            }
        }
    }

    /** Where the window stands: what {@link #next} has returned is behind it. */
    ReaderState state() {
        return reader.state()
                .holding(held.stream()
                        .map(batch -> new ReaderState.Address(batch.partition(), batch.offset()))
                        .toList());
    }

    /**
     * The next batch.
     *
     * @param waiting called every fifth of a second while there is none; may throw to give up
     * @return the batch, or null at the end of the epoch
     */
    TrainingBatch next(Runnable waiting) {
        while (!ended && held.size() < size) {
            TrainingBatch batch = reader.next(waiting);
            if (batch == null) {
                ended = true;
            } else {
                held.add(batch);
            }
        }
        if (held.isEmpty()) {
            return null;
        }
        ReaderState at = reader.state();
        long draw = at.batches() - held.size();
        SplittableRandom random =
                new SplittableRandom(seed + 0x9E3779B97F4A7C15L * (at.epoch() + 1) + draw * 0xD1B54A32D192ED03L);
        return held.remove(random.nextInt(held.size()));
    }

    /** Begins the next pass over the topic. */
    void nextEpoch() {
        reader.nextEpoch();
        ended = false;
    }
}
