package io.logitstream.teacher.announcement;

import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.RecordAddress;
import io.logitstream.schemas.kafka.TopicSettings;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * The topic of teacher announcements. Each instance of a stream reads the whole topic, from the beginning and without a
 * consumer group, so that an instance that starts later arrives at the same teacher. Not thread-safe.
 */
public final class AnnouncementTopic implements AutoCloseable {
    /**
     * A record for the reader's stream.
     *
     * @param address address of the record, for messages
     * @param value its value; null if it is empty or too large for an announcement
     * @param bytes size of the value
     */
    record Entry(String address, byte[] value, int bytes) {
        /**
         * Decodes the announcement.
         *
         * @throws LogitstreamException when the value is not an announcement
         */
        TeacherAnnouncement announcement() {
            if (value == null && bytes > 0) {
                throw new LogitstreamException("its value has " + bytes + " bytes, more than the "
                        + TeacherAnnouncement.MAX_BYTES + " allowed for an announcement");
            }
            return TeacherAnnouncement.of(value);
        }
    }

    /** Number of announcements, counted from the last one, in which a starting stream looks for a usable teacher. */
    static final int LOOK_BACK = 1000;

    private final String logitsTopic;
    private final Consumer<String, byte[]> consumer;
    private final TopicPartition partition;

    /**
     * Opens a reader at the beginning of the topic.
     *
     * @param kafka the cluster
     * @param topic topic of announcements
     * @param logitsTopic logits topic of the stream, which is the key of its announcements
     */
    public AnnouncementTopic(KafkaSettings kafka, String topic, String logitsTopic) {
        this(
                new KafkaConsumer<>(properties(kafka), new StringDeserializer(), new ByteArrayDeserializer()),
                topic,
                logitsTopic);
    }

    AnnouncementTopic(Consumer<String, byte[]> consumer, String topic, String logitsTopic) {
        this.logitsTopic = logitsTopic;
        this.partition = new TopicPartition(topic, 0);
        this.consumer = consumer;
        consumer.assign(List.of(partition));
        consumer.seekToBeginning(List.of(partition));
    }

    private static Properties properties(KafkaSettings kafka) {
        Properties properties = kafka.consumer(TopicSettings.DEFAULT_MAX_RECORD_BYTES);
        properties.remove(ConsumerConfig.GROUP_ID_CONFIG);
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        return properties;
    }

    /**
     * Announces a teacher.
     *
     * @param kafka the cluster
     * @param topic topic of announcements, which must exist and have one partition
     * @param logitsTopic logits topic of the stream that has to change its teacher
     * @param announcement the teacher
     */
    public static void announce(
            KafkaSettings kafka, String topic, String logitsTopic, TeacherAnnouncement announcement) {
        Properties properties = kafka.producer(TopicSettings.DEFAULT_MAX_RECORD_BYTES);
        try (KafkaProducer<String, byte[]> producer =
                new KafkaProducer<>(properties, new StringSerializer(), new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>(topic, 0, logitsTopic, announcement.bytes()))
                    .get();
        } catch (ExecutionException | KafkaException e) {
            throw new LogitstreamException(
                    "topic " + topic + ": the teacher cannot be announced: " + FailureText.of(e), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LogitstreamException("interrupted while a teacher was announced", e);
        }
    }

    /**
     * Reads from the beginning to the current end offset. Returns the last {@link #LOOK_BACK} announcements, in order.
     */
    List<Entry> readToEnd() {
        long end = consumer.endOffsets(List.of(partition)).get(partition);
        Deque<Entry> entries = new ArrayDeque<>();
        while (consumer.position(partition) < end) {
            for (Entry entry : poll(Duration.ofMillis(200))) {
                entries.add(entry);
                if (entries.size() > LOOK_BACK) {
                    entries.remove();
                }
            }
        }
        return List.copyOf(entries);
    }

    /** Returns the announcements that arrive within a time. */
    List<Entry> poll(Duration time) {
        List<Entry> entries = new ArrayList<>();
        for (ConsumerRecord<String, byte[]> record : consumer.poll(time)) {
            if (logitsTopic.equals(record.key())) {
                int bytes = record.value() == null ? 0 : record.value().length;
                entries.add(new Entry(
                        RecordAddress.of(record.topic(), record.partition(), record.offset())
                                .toString(),
                        bytes > TeacherAnnouncement.MAX_BYTES ? null : record.value(),
                        bytes));
            }
        }
        return entries;
    }

    /** Interrupts a waiting {@link #poll}. May be called from any thread. */
    void wakeUp() {
        consumer.wakeup();
    }

    @Override
    public void close() {
        consumer.close();
    }
}
