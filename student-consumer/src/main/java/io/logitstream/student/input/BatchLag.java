package io.logitstream.student.input;

import java.util.HashMap;
import java.util.Map;
import java.util.function.ToLongFunction;
import org.apache.kafka.common.TopicPartition;

/**
 * Estimates the number of batches ahead of a reader. Offsets count transaction markers too, often one per batch; the
 * estimate assumes the same share of markers ahead as among the offsets read so far. Not thread-safe.
 */
public final class BatchLag {
    private final Map<TopicPartition, Long> from = new HashMap<>();
    private long records;

    /** Notes that the reader moves to an offset. */
    public void seek(TopicPartition partition, long offset) {
        from.put(partition, offset);
        records = 0;
    }

    /** Notes that a record was fetched. */
    public void fetched() {
        records++;
    }

    /**
     * Number of batches between the positions and the ends of the partitions.
     *
     * @param position gives the offset of the next fetch from a partition
     * @param offsetsAhead gives the number of offsets from there to the end of the partition
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
     * Limits the number of batches ahead to those that a run still trains on.
     *
     * @param batches batches ahead, which may include end-of-corpus markers
     * @param tokensLeft predicted tokens left of the run's budget
     * @param tokensPerBatch predicted tokens of a batch
     */
    public static long within(long batches, long tokensLeft, long tokensPerBatch) {
        long left = tokensLeft <= 0
                ? 0
                : tokensPerBatch <= 0 ? batches : (tokensLeft + tokensPerBatch - 1) / tokensPerBatch;
        return Math.min(batches, left);
    }
}
