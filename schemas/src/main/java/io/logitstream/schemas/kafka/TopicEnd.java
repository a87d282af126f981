package io.logitstream.schemas.kafka;

import io.logitstream.messages.LogitstreamException;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/** Reads the last records of a tokens or logits topic, where the end-of-corpus markers are. Not thread-safe. */
public final class TopicEnd implements AutoCloseable {
    private final String topic;
    private final KafkaConsumer<String, byte[]> consumer;
    private final LastRecordFinder<String> finder;

    /**
     * Opens a consumer without a group.
     *
     * @param kafka the cluster
     * @param topic name of the topic
     * @param maxRecordBytes its largest record
     */
    public TopicEnd(KafkaSettings kafka, String topic, int maxRecordBytes) {
        this.topic = topic;
        Properties properties = kafka.consumerOfPresent(maxRecordBytes);
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        consumer = new KafkaConsumer<>(properties, new StringDeserializer(), new ByteArrayDeserializer());
        finder = new LastRecordFinder<>(consumer);
    }

    /** Whether the topic exists. */
    public boolean exists() {
        return !partitions().isEmpty();
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
     * @throws LogitstreamException if the partition cannot be read
     */
    public ConsumerRecord<String, byte[]> marker(int number) {
        List<ConsumerRecord<String, byte[]>> tail = tail(number, 1);
        return !tail.isEmpty() && RecordKind.of(tail.get(0)) == RecordKind.END_OF_CORPUS ? tail.get(0) : null;
    }

    /**
     * The markers at the end of a partition, of several corpora that have ended together; in order, empty where the
     * partition does not end with a marker.
     *
     * @throws LogitstreamException if the partition cannot be read
     */
    public List<ConsumerRecord<String, byte[]>> markers(int number) {
        // One more than the markers, which are few, so that no batches are read for nothing.
        for (int count = 2; ; count *= 2) {
            List<ConsumerRecord<String, byte[]>> tail = tail(number, count);
            int first = tail.size();
            while (first > 0 && RecordKind.of(tail.get(first - 1)) == RecordKind.END_OF_CORPUS) {
                first--;
            }
            if (first > 0 || tail.size() < count) {
                return List.copyOf(tail.subList(first, tail.size()));
            }
        }
    }

    /**
     * The last committed records of a partition.
     *
     * @param count maximum number of records
     * @return the records in their order, fewer where the partition holds no more
     * @throws LogitstreamException if the partition cannot be read
     */
    public List<ConsumerRecord<String, byte[]>> tail(int number, int count) {
        TopicPartition partition = new TopicPartition(topic, number);
        long end = consumer.endOffsets(List.of(partition)).get(partition);
        return finder.last(partition, end, count, record -> true);
    }

    /** Numbers of the topic's partitions in order; empty if the topic does not exist. */
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
