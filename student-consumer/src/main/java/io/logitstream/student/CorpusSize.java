package io.logitstream.student;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.logitstream.schemas.AvroDeserializer;
import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.EndOfCorpus;
import io.logitstream.schemas.KafkaSettings;
import io.logitstream.schemas.LogitsBatch;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TopicSettings;
import io.logitstream.schemas.UsageException;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/** Finds how many tokens a complete topic holds, from the end-of-corpus marker at the end of its first partition. */
final class CorpusSize {
  /** The marker is followed by little more than the control records of transactions. */
  private static final int LOOK_BACK = 16;

  private CorpusSize() {}

  static long find(KafkaSettings kafka, SchemaRegistryClient registry, String topic) {
    Properties properties = kafka.consumer(TopicSettings.DEFAULT_MAX_RECORD_BYTES);
    properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
    properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    try (KafkaConsumer<String, byte[]> consumer =
        new KafkaConsumer<>(properties, new StringDeserializer(), new ByteArrayDeserializer())) {
      TopicPartition first = new TopicPartition(topic, 0);
      consumer.assign(List.of(first));
      long end = consumer.endOffsets(List.of(first)).get(first);
      consumer.seek(first, Math.max(consumer.beginningOffsets(List.of(first)).get(first), end - LOOK_BACK));
      while (consumer.position(first) < end) {
        for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
          if (BatchKey.parse(record.key()).isEnd()) {
            return marker(registry, record).getPredictedTokens();
          }
        }
      }
    }
    throw new UsageException("topic " + topic + " has no end-of-corpus marker yet, so the length of the run is not known:"
        + " set training.tokens");
  }

  private static EndOfCorpus marker(SchemaRegistryClient registry, ConsumerRecord<String, byte[]> record) {
    if (new RecordDecoder(registry, "", 0).holdsLogits(record)) {
      return new AvroDeserializer<>(registry, LogitsBatch.class).deserialize(record.topic(), record.value())
          .getBatch().getEndOfCorpus();
    }
    return new AvroDeserializer<>(registry, TokenBatch.class).deserialize(record.topic(), record.value())
        .getEndOfCorpus();
  }
}
