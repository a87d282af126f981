package io.logitstream.student.input;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.TopicIdentity;
import io.logitstream.schemas.kafka.TopicSettings;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches and seeks the records of a topic. They are taken from one partition at a time; up to {@value #BUFFERED}
 * records of each other partition wait in memory.
 */
public final class TopicRecords implements RecordSource {
    /** Records of a partition held in memory before it is paused. */
    private static final int BUFFERED = 8;

    private static final Duration POLL = Duration.ofMillis(200);
    /** Time that a start waits for the group's coordinator. */
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
     * @param consumer consumer without assignment; closed with the records
     * @param topic topic
     * @param cluster address of the cluster, for messages
     * @param watch finds out whether the topic was replaced; closed with the records
     * @throws LogitstreamException when the topic does not exist
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

    /** A consumer for {@link TopicRecords}, which assigns and seeks its partitions. */
    static Consumer<String, byte[]> consumer(KafkaSettings kafka, String group) {
        Properties properties = kafka.consumer(TopicSettings.DEFAULT_MAX_RECORD_BYTES);
        properties.put(ConsumerConfig.GROUP_ID_CONFIG, group);
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
        // A position that retention has deleted is an error to report, not to jump over.
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
        properties.putIfAbsent(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, "4");
        return new KafkaConsumer<>(properties, new StringDeserializer(), new ByteArrayDeserializer());
    }

    @Override
    public List<Integer> partitions() {
        return partitions;
    }

    @Override
    public Map<Integer, Long> beginnings() {
        Map<Integer, Long> beginnings = new TreeMap<>();
        consumer.beginningOffsets(consumer.assignment())
                .forEach((partition, offset) -> beginnings.put(partition.partition(), offset));
        return beginnings;
    }

    @Override
    public Map<Integer, Long> ends() {
        Map<Integer, Long> ends = new TreeMap<>();
        consumer.endOffsets(consumer.assignment())
                .forEach((partition, offset) -> ends.put(partition.partition(), offset));
        return ends;
    }

    /** Moves to an offset in each of some partitions; buffered records of all partitions are dropped. */
    @Override
    public void seek(Map<Integer, Long> offsets) {
        buffers.values().forEach(Deque::clear);
        offsets.forEach((partition, offset) -> {
            consumer.seek(topicPartition(partition), offset);
            lag.seek(topicPartition(partition), offset);
        });
        consumer.resume(consumer.paused());
    }

    @Override
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
     * Records that follow in a partition, as far as a few polls find them; they are not taken.
     *
     * @param end end offset of the partition
     * @param waiting called before each poll except the first; may throw to give up
     */
    @Override
    public List<ConsumerRecord<String, byte[]>> following(int partition, long end, Runnable waiting) {
        // Only a poll moves the position past a transaction marker, which is not a record.
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
            // In a topic that was deleted and created again the offsets differ too; that message is the better one.
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
                + ": the cluster has lost records that were read already; train with a new output folder");
    }

    @Override
    public LogitstreamException gone(int partition, long offset, long beginning) {
        return new LogitstreamException(
                "topic " + topic + ", partition " + partition + ": the records from offset " + offset
                        + " to " + beginning
                        + " are no longer there (deleted by retention); start again from the beginning with a new"
                        + " output folder");
    }

    /** Estimated number of batches between the position and the end of the topic, at the last fetch. */
    @Override
    public long lag() {
        return lag.batches(
                        consumer::position,
                        partition -> consumer.currentLag(partition).orElse(0))
                + buffers.values().stream().mapToLong(Deque::size).sum();
    }

    @Override
    public void commit(Map<Integer, Long> offsets) {
        Map<TopicPartition, OffsetAndMetadata> positions = new HashMap<>();
        offsets.forEach((partition, offset) -> positions.put(topicPartition(partition), new OffsetAndMetadata(offset)));
        consumer.commitAsync(positions, (committed, failure) -> {});
    }

    /**
     * Requires the permission to use the consumer group, by committing a position.
     *
     * @throws LogitstreamException when the permission is missing
     */
    @Override
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
            // The commit is for lag tools only: a broker that does not answer, or a group in use, stops no training.
            LOG.debug("the position in topic {} is not committed", topic, e);
        }
    }

    @Override
    public TopicIdentity identity() {
        return watch.identity();
    }

    @Override
    public void requireSameAs(TopicIdentity earlier) {
        watch.requireSameAs(earlier);
    }

    @Override
    public boolean isLeftOut(int partition) {
        return watch.isLeftOut(partition);
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
