package io.logitstream.teacher.deadletters;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.kafka.KafkaSettings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads a dead-letter topic from the beginning to the current end offset. */
public final class DeadLetterTopic {
    private static final Duration POLL = Duration.ofMillis(200);
    private static final long PATIENCE_NANOS = Duration.ofSeconds(30).toNanos();

    private DeadLetterTopic() {}

    /**
     * Passes each dead letter of the topic to a consumer and skips all other records. An empty or missing topic is not
     * read, so that no permission to read it is needed.
     *
     * @param maxRecordBytes largest record of the topic, in bytes
     * @param letters receives the dead letters
     * @throws LogitstreamException when the topic cannot be read
     */
    public static void read(KafkaSettings kafka, String topic, int maxRecordBytes, Consumer<DeadLetter> letters) {
        readUntil(kafka, topic, maxRecordBytes, record -> {
            if (DeadLetter.isDeadLetter(record)) {
                letters.accept(DeadLetter.of(record));
            }
            return false;
        });
    }

    /** Whether the first record read from a topic is a dead letter; false for an empty topic. */
    public static boolean isOne(KafkaSettings kafka, String topic, int maxRecordBytes) {
        AtomicBoolean found = new AtomicBoolean();
        readUntil(kafka, topic, maxRecordBytes, record -> {
            found.set(DeadLetter.isDeadLetter(record));
            return true;
        });
        return found.get();
    }

    private static void readUntil(
            KafkaSettings kafka, String topic, int maxRecordBytes, Predicate<ConsumerRecord<byte[], byte[]>> enough) {
        Properties properties = kafka.consumerOfPresent(maxRecordBytes);
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        properties.remove(ConsumerConfig.GROUP_ID_CONFIG);
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<PartitionInfo> infos = consumer.partitionsFor(topic);
            if (infos == null || infos.isEmpty()) {
                return;
            }
            List<TopicPartition> partitions = infos.stream()
                    .map(info -> new TopicPartition(topic, info.partition()))
                    .toList();
            Map<TopicPartition, Long> begins = consumer.beginningOffsets(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            List<TopicPartition> filled = partitions.stream()
                    .filter(each -> begins.get(each) < ends.get(each))
                    .toList();
            if (filled.isEmpty()) {
                return;
            }
            consumer.assign(filled);
            consumer.seekToBeginning(filled);
            long progress = System.nanoTime();
            while (filled.stream().anyMatch(each -> consumer.position(each) < ends.get(each))) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                    progress = System.nanoTime();
                    if (enough.test(record)) {
                        return;
                    }
                }
                if (System.nanoTime() - progress > PATIENCE_NANOS) {
                    throw new LogitstreamException(
                            "topic " + topic + ": no record could be read in time; check that the broker runs");
                }
            }
        }
    }
}
