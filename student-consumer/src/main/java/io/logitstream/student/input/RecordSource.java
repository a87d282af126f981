package io.logitstream.student.input;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.kafka.TopicIdentity;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** The records of a topic, in the cluster or in an archive, which are taken from one partition at a time. */
public interface RecordSource extends AutoCloseable {
    /** Numbers of the partitions, in order. */
    List<Integer> partitions();

    /** First available offset of each partition. */
    Map<Integer, Long> beginnings();

    /** Where each partition ends for a reader of committed records. */
    Map<Integer, Long> ends();

    /** Moves to an offset in each of some partitions. */
    void seek(Map<Integer, Long> offsets);

    /**
     * Takes the next record of a partition.
     *
     * @param waiting called every 0.2 s while there is none; may throw to give up
     * @param looking called about every 5 s while there is none; may throw when none can come
     * @throws LogitstreamException when no record can follow
     */
    ConsumerRecord<String, byte[]> take(int partition, Runnable waiting, Runnable looking);

    /**
     * Records that follow in a partition, as far as they are found soon; they are not taken.
     *
     * @param end end offset of the partition
     * @param waiting called while there is none; may throw to give up
     */
    List<ConsumerRecord<String, byte[]>> following(int partition, long end, Runnable waiting);

    /** The exception for records that were deleted before they were read. */
    LogitstreamException gone(int partition, long offset, long beginning);

    /** Estimated number of batches between the position and the end of the topic. */
    long lag();

    /** Commits a position for lag tools, without waiting: a lost commit does no harm. */
    void commit(Map<Integer, Long> offsets);

    /**
     * Requires the permission to commit a position.
     *
     * @throws LogitstreamException when the permission is missing
     */
    void requireGroup(Map<Integer, Long> offsets);

    /** The topic that the offsets belong to; null if unknown. */
    TopicIdentity identity();

    /**
     * Requires that stored offsets belong to this topic.
     *
     * @param earlier identity of the topic that was stored with them; null where none was
     */
    void requireSameAs(TopicIdentity earlier);

    /** Whether a partition has never been written to, while every other one has ended; false if unknown. */
    boolean isLeftOut(int partition);

    @Override
    void close();
}
