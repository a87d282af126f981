package io.logitstream.schemas.kafka;

import io.logitstream.messages.LogitstreamException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Finds the last records of a partition, reading backwards in growing ranges of offsets. Not thread-safe.
 *
 * @param <K> type of the keys
 */
public final class LastRecordFinder<K> {
    /**
     * Offsets in the first range. The last record is followed by little else than the control records of a few
     * transactions.
     */
    private static final long FIRST_RANGE = 16;

    private static final int RANGE_GROWTH = 8;
    private static final Duration POLL = Duration.ofMillis(200);
    private static final long PATIENCE_NANOS = Duration.ofSeconds(30).toNanos();

    private final Consumer<K, byte[]> consumer;

    /**
     * Creates a finder.
     *
     * @param consumer reads committed records without a group; the finder assigns its partitions
     */
    public LastRecordFinder(Consumer<K, byte[]> consumer) {
        this.consumer = consumer;
    }

    /**
     * Finds the last records that satisfy a condition.
     *
     * @param end offset before which to look; every transaction before it has ended
     * @param count maximum number of records
     * @return the records in their order, fewer where the partition holds no more
     * @throws LogitstreamException if the partition cannot be read
     */
    public List<ConsumerRecord<K, byte[]>> last(
            TopicPartition partition, long end, int count, Predicate<ConsumerRecord<K, byte[]>> condition) {
        consumer.assign(List.of(partition));
        long begin = beginning(partition);
        List<ConsumerRecord<K, byte[]>> found = new ArrayList<>();
        long range = FIRST_RANGE;
        for (long to = end; to > begin && found.size() < count; range *= RANGE_GROWTH) {
            long from = Math.max(begin, to - range);
            found.addAll(0, read(partition, from, to, count - found.size(), condition));
            to = from;
        }
        return found;
    }

    /**
     * Finds the last record of a range of offsets that satisfies a condition.
     *
     * @param from first offset
     * @param to offset behind the last
     * @return the record, or null if there is none
     * @throws LogitstreamException if the partition cannot be read
     */
    public ConsumerRecord<K, byte[]> lastBetween(
            TopicPartition partition, long from, long to, Predicate<ConsumerRecord<K, byte[]>> condition) {
        consumer.assign(List.of(partition));
        // Deleted records cannot be read.
        List<ConsumerRecord<K, byte[]>> last = read(partition, Math.max(from, beginning(partition)), to, 1, condition);
        return last.isEmpty() ? null : last.get(0);
    }

    private long beginning(TopicPartition partition) {
        return consumer.beginningOffsets(List.of(partition)).get(partition);
    }

    private List<ConsumerRecord<K, byte[]>> read(
            TopicPartition partition, long from, long to, int count, Predicate<ConsumerRecord<K, byte[]>> condition) {
        Deque<ConsumerRecord<K, byte[]>> last = new ArrayDeque<>();
        consumer.seek(partition, from);
        long progress = System.nanoTime();
        for (long position = from; position < to; ) {
            for (ConsumerRecord<K, byte[]> record : consumer.poll(POLL).records(partition)) {
                if (record.offset() < to && condition.test(record)) {
                    last.add(record);
                    if (last.size() > count) {
                        last.remove();
                    }
                }
            }
            long reached = consumer.position(partition);
            if (reached > position) {
                position = reached;
                progress = System.nanoTime();
            } else if (System.nanoTime() - progress > PATIENCE_NANOS) {
                throw new LogitstreamException(RecordAddress.of(partition.topic(), partition.partition(), position)
                        + ": no record could be read in time; check that the broker runs");
            }
        }
        return List.copyOf(last);
    }
}
