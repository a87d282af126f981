package io.logitstream.teacher;

import io.logitstream.messages.FailureText;
import io.logitstream.schemas.KafkaSettings;
import io.logitstream.schemas.LogitstreamException;
import io.logitstream.schemas.TopicSettings;
import java.time.Duration;
import java.util.ArrayList;
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
 * The topic that teachers are announced in. Each instance of a stream reads all of it, from the beginning and in no
 * group, so that one that starts later comes to the same teacher. Not thread-safe.
 */
public final class AnnouncementTopic implements AutoCloseable {
  /** A record of the topic that is meant for the reader's stream. */
  record Entry(String address, byte[] value) {}

  private final String logitsTopic;
  private final Consumer<String, byte[]> consumer;
  private final TopicPartition partition;

  /**
   * A reader at the beginning of the topic.
   *
   * @param logitsTopic the stream's, by which it knows what is meant for it
   */
  AnnouncementTopic(KafkaSettings kafka, String topic, String logitsTopic) {
    this.logitsTopic = logitsTopic;
    this.partition = new TopicPartition(topic, 0);
    Properties properties = kafka.consumer(TopicSettings.DEFAULT_MAX_RECORD_BYTES);
    properties.remove(ConsumerConfig.GROUP_ID_CONFIG);
    properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
    properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    consumer = new KafkaConsumer<>(properties, new StringDeserializer(), new ByteArrayDeserializer());
    consumer.assign(List.of(partition));
    consumer.seekToBeginning(List.of(partition));
  }

  /**
   * Announces a teacher.
   *
   * @param kafka the cluster
   * @param topic topic of announcements, which exists, with one partition
   * @param logitsTopic topic whose stream is to change its teacher
   * @param announcement the teacher
   */
  public static void announce(KafkaSettings kafka, String topic, String logitsTopic, TeacherAnnouncement announcement) {
    Properties properties = kafka.producer(TopicSettings.DEFAULT_MAX_RECORD_BYTES);
    try (KafkaProducer<String, byte[]> producer = new KafkaProducer<>(properties, new StringSerializer(),
        new ByteArraySerializer())) {
      producer.send(new ProducerRecord<>(topic, 0, logitsTopic, announcement.bytes())).get();
    } catch (ExecutionException | KafkaException e) {
      throw new LogitstreamException("topic " + topic + ": the teacher cannot be announced: " + FailureText.of(e), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LogitstreamException("interrupted while a teacher was announced", e);
    }
  }

  /** All announcements up to now, in their order. */
  List<Entry> readToEnd() {
    long end = consumer.endOffsets(List.of(partition)).get(partition);
    List<Entry> entries = new ArrayList<>();
    while (consumer.position(partition) < end) {
      entries.addAll(poll(Duration.ofMillis(200)));
    }
    return entries;
  }

  /** Announcements that come within some time. */
  List<Entry> poll(Duration time) {
    List<Entry> entries = new ArrayList<>();
    for (ConsumerRecord<String, byte[]> record : consumer.poll(time)) {
      if (logitsTopic.equals(record.key())) {
        entries.add(new Entry("topic " + record.topic() + ", offset " + record.offset(), record.value()));
      }
    }
    return entries;
  }

  /** Ends a {@link #poll} that waits; from any thread. */
  void wakeUp() {
    consumer.wakeup();
  }

  @Override
  public void close() {
    consumer.close();
  }
}
