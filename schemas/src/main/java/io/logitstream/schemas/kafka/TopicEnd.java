package io.logitstream.schemas.kafka;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.BatchKey;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/** Looks at the end of a tokens or logits topic, where the end-of-corpus markers are. Not thread-safe. */
public final class TopicEnd implements AutoCloseable {
    /**
     * A marker is followed by nothing but the control records of a few transactions, and now and then by what an instance
     * wrote that was fenced then: where no record is found, so many times as much is read.
     */
    private static final int LOOK_BACK = 16;

    private static final Duration POLL = Duration.ofMillis(200);
    private static final long PATIENCE_NANOS = Duration.ofSeconds(30).toNanos();

    private final String topic;
    private final KafkaConsumer<String, byte[]> consumer;

    /**
     * @param kafka the cluster
     * @param topic topic to look at
     * @param maxRecordBytes its largest record
     */
    public TopicEnd(KafkaSettings kafka, String topic, int maxRecordBytes) {
        this.topic = topic;
        Properties properties = kafka.consumer(maxRecordBytes);
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        consumer = new KafkaConsumer<>(properties, new StringDeserializer(), new ByteArrayDeserializer());
    }

    /** Whether the topic exists. */
    public boolean exists() {
        List<PartitionInfo> partitions = consumer.partitionsFor(topic);
        return partitions != null && !partitions.isEmpty();
    }

    /** Whether the topic exists and every partition of it ends with a marker. */
    public boolean isComplete() {
        List<Integer> partitions = partitions();
        return !partitions.isEmpty() && partitions.stream().allMatch(partition -> marker(partition) != null);
    }

    /**
     * The marker at the end of a partition.
     *
     * @return the record, or null where the partition does not end with a marker
     * @throws LogitstreamException when the partition cannot be read
     */
    public ConsumerRecord<String, byte[]> marker(int number) {
        List<ConsumerRecord<String, byte[]>> tail = tail(number, 1);
        return !tail.isEmpty() && isMarker(tail.get(0)) ? tail.get(0) : null;
    }

    /** Whether a record is an end-of-corpus marker, by its key; one whose key is no batch's is none. */
    public static boolean isMarker(ConsumerRecord<String, byte[]> record) {
        return BatchKey.tryParse(record.key()).map(BatchKey::isEnd).orElse(false);
    }

    /**
     * The last committed records of a partition.
     *
     * @param count how many, at most
     * @return the records in their order, fewer where there are no more
     * @throws LogitstreamException when the partition cannot be read
     */
    public List<ConsumerRecord<String, byte[]>> tail(int number, int count) {
        TopicPartition partition = new TopicPartition(topic, number);
        consumer.assign(List.of(partition));
        long begin = consumer.beginningOffsets(List.of(partition)).get(partition);
        long end = consumer.endOffsets(List.of(partition)).get(partition);
        for (long lookBack = LOOK_BACK; true; lookBack *= LOOK_BACK) {
            long from = Math.max(begin, end - lookBack);
            List<ConsumerRecord<String, byte[]>> last = last(partition, from, end, count);
            if (last.size() == count || from == begin) {
                return last;
            }
        }
    }

    private List<ConsumerRecord<String, byte[]>> last(TopicPartition partition, long from, long end, int count) {
        consumer.seek(partition, from);
        Deque<ConsumerRecord<String, byte[]>> last = new ArrayDeque<>();
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (consumer.position(partition) < end) {
            for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
                last.add(record);
                if (last.size() > count) {
                    last.remove();
                }
            }
            if (System.nanoTime() > deadline) {
                throw new LogitstreamException(
                        RecordAddress.of(topic, partition.partition(), consumer.position(partition))
                                + ": nothing can be read; check the broker");
            }
        }
        return List.copyOf(last);
    }

    /** Numbers of the topic's partitions; none when it does not exist. */
    public List<Integer> partitions() {
        List<PartitionInfo> infos = consumer.partitionsFor(topic);
        return infos == null
                ? List.of()
                : infos.stream().map(PartitionInfo::partition).sorted().toList();
    }

    @Override
    public void close() {
        consumer.close();
    }
}
