package io.logitstream.cli.testing;

import io.logitstream.schemas.kafka.KafkaSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/** The committed records of a topic. */
public final class TopicKeys {
    private static final int MAX_RECORD_BYTES = 1 << 24;
    /** Length of the Confluent header: a zero byte and the schema id. */
    private static final int SCHEMA_ID_BYTES = 5;

    /** A record without offset and schema id, which differ between clusters. */
    public record Entry(int partition, String key, int contentHash) {}

    private TopicKeys() {}

    public static boolean exists(KafkaSettings kafka, String topic) {
        try (Admin admin = Admin.create(kafka.admin())) {
            return admin.listTopics().names().get().contains(topic);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** Records by partition and offset; empty if the topic does not exist. */
    public static List<Entry> read(KafkaSettings kafka, String topic) {
        List<Entry> entries = new ArrayList<>();
        if (!exists(kafka, topic)) {
            return entries;
        }
        try (KafkaConsumer<String, byte[]> consumer = new KafkaConsumer<>(
                kafka.consumer(MAX_RECORD_BYTES), new StringDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(info -> new TopicPartition(topic, info.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (partitions.stream().anyMatch(partition -> consumer.position(partition) < ends.get(partition))) {
                for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(500))) {
                    byte[] content = Arrays.copyOfRange(record.value(), SCHEMA_ID_BYTES, record.value().length);
                    entries.add(new Entry(record.partition(), record.key(), Arrays.hashCode(content)));
                }
            }
        }
        // A poll mixes partitions but keeps the order within each; the sort is stable.
        entries.sort(Comparator.comparingInt(Entry::partition));
        return entries;
    }
}
