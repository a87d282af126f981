package io.logitstream.student.input;

import io.logitstream.messages.LogitstreamException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The records of a topic, taken from one partition at a time; a few of the others wait in memory meanwhile. */
public final class TopicRecords implements AutoCloseable {
    /** Records of a partition held in memory before it is paused. */
    private static final int BUFFERED = 8;

    private static final Duration POLL = Duration.ofMillis(200);
    /** What a start waits for the group's coordinator. */
    private static final Duration GROUP_PATIENCE = Duration.ofSeconds(5);
    /** Empty polls between two checks whether a record can still arrive: about 5 s. */
    private static final int POLLS_BETWEEN_LOOKS = 25;

    private static final Logger LOG = LoggerFactory.getLogger(TopicRecords.class);

    private final String topic;
    private final Consumer<String, byte[]> consumer;
    private final TopicWatch watch;
    private final List<Integer> partitions;
    private final Map<Integer, Deque<ConsumerRecord<String, byte[]>>> buffers = new HashMap<>();
    private final BatchLag lag = new BatchLag();

    /**
     * The records of all partitions.
     *
     * @param consumer consumer without partitions; closed with the records
     * @param topic topic
     * @param cluster where the topic is, for messages
     * @param watch tells whether it is still the same topic; closed with the records
     */
    public TopicRecords(Consumer<String, byte[]> consumer, String topic, String cluster, TopicWatch watch) {
        this.topic = topic;
        this.consumer = consumer;
        this.watch = watch;
        List<PartitionInfo> infos = consumer.partitionsFor(topic);
        if (infos == null || infos.isEmpty()) {
            throw new LogitstreamException("topic " + topic + " does not exist on " + cluster);
        }
        partitions = infos.stream().map(PartitionInfo::partition).sorted().toList();
        partitions.forEach(partition -> buffers.put(partition, new ArrayDeque<>()));
        consumer.assign(partitions.stream().map(this::topicPartition).toList());
    }

    /** Numbers of the partitions, in order. */
    public List<Integer> partitions() {
        return partitions;
    }

    /** First offset of each partition that is still there. */
    public Map<Integer, Long> beginnings() {
        Map<Integer, Long> beginnings = new TreeMap<>();
        consumer.beginningOffsets(consumer.assignment())
                .forEach((partition, offset) -> beginnings.put(partition.partition(), offset));
        return beginnings;
    }

    /** Where each partition ends for a reader of committed records. */
    public Map<Integer, Long> ends() {
        Map<Integer, Long> ends = new TreeMap<>();
        consumer.endOffsets(consumer.assignment())
                .forEach((partition, offset) -> ends.put(partition.partition(), offset));
        return ends;
    }

    /** Goes to an offset in each of some partitions. */
    public void seek(Map<Integer, Long> offsets) {
        buffers.values().forEach(Deque::clear);
        offsets.forEach((partition, offset) -> {
            consumer.seek(topicPartition(partition), offset);
            lag.seek(topicPartition(partition), offset);
        });
        consumer.resume(consumer.paused());
    }

    /**
     * Takes the next record of a partition.
     *
     * @param waiting called every fifth of a second while there is none; may throw to give up
     * @param looking called every few seconds while there is none; may throw when none can come
     */
    public ConsumerRecord<String, byte[]> take(int partition, Runnable waiting, Runnable looking) {
        Deque<ConsumerRecord<String, byte[]>> buffer = buffers.get(partition);
        for (int polls = 1; buffer.isEmpty(); polls++) {
            if (polls > 1) {
                waiting.run();
            }
            fill();
            if (polls % POLLS_BETWEEN_LOOKS == 0 && buffer.isEmpty()) {
                watch.requireSame();
                looking.run();
            }
        }
        ConsumerRecord<String, byte[]> record = buffer.poll();
        if (buffer.size() < BUFFERED / 2) {
            consumer.resume(List.of(topicPartition(partition)));
        }
        return record;
    }

    /**
     * Records that follow in a partition, as far as a few polls show; they are not taken.
     *
     * @param end where the partition ends
     * @param waiting called before each poll but the first; may throw to give up
     */
    public List<ConsumerRecord<String, byte[]>> following(int partition, long end, Runnable waiting) {
        // The position passes the end of a transaction, which is no record, with a poll only.
        for (int polls = 0;
                polls < POLLS_BETWEEN_LOOKS / 5
                        && buffers.get(partition).isEmpty()
                        && consumer.position(topicPartition(partition)) < end;
                polls++) {
            if (polls > 0) {
                waiting.run();
            }
            fill();
        }
        return new ArrayList<>(buffers.get(partition));
    }

    private void fill() {
        watch.requireSameSometimes();
        try {
            for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
                Deque<ConsumerRecord<String, byte[]>> buffer = buffers.get(record.partition());
                buffer.add(record);
                lag.fetched();
                if (buffer.size() >= BUFFERED) {
                    consumer.pause(List.of(topicPartition(record.partition())));
                }
            }
        } catch (OffsetOutOfRangeException e) {
            // A topic that was made again has other offsets too; that is then the cause.
            watch.requireSame();
            throw outOfRange(e.offsetOutOfRangePartitions());
        }
    }

    private LogitstreamException outOfRange(Map<TopicPartition, Long> positions) {
        Map<TopicPartition, Long> beginnings = consumer.beginningOffsets(positions.keySet());
        for (Map.Entry<TopicPartition, Long> position : positions.entrySet()) {
            if (position.getValue() < beginnings.get(position.getKey())) {
                return gone(position.getKey().partition(), position.getValue(), beginnings.get(position.getKey()));
            }
        }
        return new LogitstreamException("topic " + topic + " ends before the position " + positions
                + ": the cluster has lost" + " records that were read already; train with a new output folder");
    }

    /** What to throw when records have been deleted before they were read. */
    public LogitstreamException gone(int partition, long offset, long beginning) {
        return new LogitstreamException(
                "topic " + topic + ", partition " + partition + ": the records from offset " + offset
                        + " to " + beginning
                        + " are no longer there (deleted by retention); start again from the beginning with a new"
                        + " output folder");
    }

    /** Batches between the position and the end of the topic, at the last fetch. */
    public long lag() {
        return lag.batches(
                        consumer::position,
                        partition -> consumer.currentLag(partition).orElse(0))
                + buffers.values().stream().mapToLong(Deque::size).sum();
    }

    /** Lets lag tools see a position; losing this is harmless, so it is not waited for. */
    public void commit(Map<Integer, Long> offsets) {
        Map<TopicPartition, OffsetAndMetadata> positions = new HashMap<>();
        offsets.forEach((partition, offset) -> positions.put(topicPartition(partition), new OffsetAndMetadata(offset)));
        consumer.commitAsync(positions, (committed, failure) -> {});
    }

    /**
     * Requires the right to the consumer group, by committing a position.
     *
     * @throws LogitstreamException when it is missing
     */
    public void requireGroup(Map<Integer, Long> offsets) {
        Map<TopicPartition, OffsetAndMetadata> positions = new HashMap<>();
        offsets.forEach((partition, offset) -> positions.put(topicPartition(partition), new OffsetAndMetadata(offset)));
        try {
            consumer.commitSync(positions, GROUP_PATIENCE);
        } catch (GroupAuthorizationException e) {
            throw new LogitstreamException(
                    "consumer group " + e.groupId() + ": not authorized to use it (Read on the group);"
                            + " grant it, or name another group with --group",
                    e);
        } catch (KafkaException e) {
            // For lag tools only: a broker that is away, or a group that others are in, stops no training.
            LOG.debug("the position of topic {} is not committed", topic, e);
        }
    }

    private TopicPartition topicPartition(int partition) {
        return new TopicPartition(topic, partition);
    }

    @Override
    public void close() {
        try {
            consumer.close();
        } finally {
            watch.close();
        }
    }
}
