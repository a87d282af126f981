package io.logitstream.student.input;

import java.util.HashMap;
import java.util.Map;
import java.util.function.ToLongFunction;
import org.apache.kafka.common.TopicPartition;

/**
 * The batches ahead of a reader. Offsets count the markers of transactions too, often one for each batch: as many of
 * them are taken to be ahead as there were among the offsets that have been read. Not safe for several threads.
 */
public final class BatchLag {
    private final Map<TopicPartition, Long> from = new HashMap<>();
    private long records;

    /** The reader goes to an offset. */
    public void seek(TopicPartition partition, long offset) {
        from.put(partition, offset);
        records = 0;
    }

    /** A record has been fetched. */
    public void fetched() {
        records++;
    }

    /**
     * Batches between the positions and the ends of the partitions.
     *
     * @param position offset of the next fetch from a partition
     * @param offsetsAhead offsets from there to the end of it
     */
    public long batches(ToLongFunction<TopicPartition> position, ToLongFunction<TopicPartition> offsetsAhead) {
        long moved = 0;
        long ahead = 0;
        for (Map.Entry<TopicPartition, Long> start : from.entrySet()) {
            moved += position.applyAsLong(start.getKey()) - start.getValue();
            ahead += offsetsAhead.applyAsLong(start.getKey());
        }
        return moved > records ? Math.round((double) ahead * records / moved) : ahead;
    }

    /**
     * Of the batches ahead, those that a run still trains on: behind its last batch come the end-of-corpus markers.
     *
     * @param batches batches ahead
     * @param tokensLeft predicted tokens that are left of the run's budget
     * @param tokensPerBatch predicted tokens of a batch
     */
    public static long within(long batches, long tokensLeft, long tokensPerBatch) {
        long left = tokensLeft <= 0
                ? 0
                : tokensPerBatch <= 0 ? batches : (tokensLeft + tokensPerBatch - 1) / tokensPerBatch;
        return Math.min(batches, left);
    }
}
