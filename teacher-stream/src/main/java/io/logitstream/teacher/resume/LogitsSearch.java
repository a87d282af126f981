package io.logitstream.teacher.resume;

import io.logitstream.schemas.KafkaSettings;
import io.logitstream.schemas.LogitstreamException;
import io.logitstream.schemas.topics.SourcePosition;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Finds records of a logits topic by their source: both offsets rise together, so that a few reads suffice. */
final class LogitsSearch implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(200);
  private static final long PATIENCE_NANOS = Duration.ofSeconds(30).toNanos();

  private final String topic;
  private final Runnable running;
  private final KafkaConsumer<byte[], byte[]> consumer;

  /**
   * @param running called before each read; what it throws ends the search
   */
  LogitsSearch(KafkaSettings kafka, String topic, Runnable running) {
    this.topic = topic;
    this.running = running;
    // One record batch a fetch, whatever its size.
    Properties properties = kafka.consumer(1);
    properties.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, "1");
    properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
    properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    properties.remove(ConsumerConfig.GROUP_ID_CONFIG);
    consumer = new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  /**
   * The smallest source offset from some offset on that is in a partition; {@link Long#MAX_VALUE} where there is none.
   *
   * @param begin first offset of the partition
   * @param end offset behind its last committed record
   * @param source source offset to begin from
   */
  long firstSourceFrom(int partition, long begin, long end, long source) {
    TopicPartition topicPartition = new TopicPartition(topic, partition);
    consumer.assign(List.of(topicPartition));
    long found = Long.MAX_VALUE;
    long from = begin;
    long to = end;
    while (from < to) {
      long middle = from + (to - from) / 2;
      ConsumerRecord<byte[], byte[]> record = at(topicPartition, middle, end);
      // Records of older versions have no source, and come before all that have one.
      SourcePosition position = record == null ? null : SourcePosition.readFrom(record.headers(),
          "topic " + topic + ", partition " + partition + ", offset " + record.offset());
      if (record == null || position != null && position.offset() >= source) {
        found = record == null ? found : Math.min(found, position.offset());
        to = middle;
      } else {
        from = record.offset() + 1;
      }
    }
    return found;
  }

  private ConsumerRecord<byte[], byte[]> at(TopicPartition partition, long offset, long end) {
    consumer.seek(partition, offset);
    long start = System.nanoTime();
    while (consumer.position(partition) < end) {
      running.run();
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
        return record;
      }
      if (System.nanoTime() - start > PATIENCE_NANOS) {
        throw new LogitstreamException("topic " + topic + ", partition " + partition.partition() + ", offset " + offset
            + ": nothing can be read; check the broker");
      }
    }
    return null;
  }

  @Override
  public void close() {
    consumer.close();
  }
}
