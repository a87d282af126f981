package io.logitstream.student;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.logitstream.schemas.AvroDeserializer;
import io.logitstream.schemas.EndOfCorpus;
import io.logitstream.schemas.KafkaSettings;
import io.logitstream.schemas.LogitsBatch;
import io.logitstream.schemas.RecordNames;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TopicEnd;
import io.logitstream.schemas.TopicSettings;
import io.logitstream.schemas.UsageException;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Finds how many tokens a complete topic holds, from the end-of-corpus marker at the end of its first partition. */
final class CorpusSize {
  private CorpusSize() {}

  static long find(KafkaSettings kafka, SchemaRegistryClient registry, String topic) {
    try (TopicEnd end = new TopicEnd(kafka, topic, TopicSettings.DEFAULT_MAX_RECORD_BYTES)) {
      ConsumerRecord<String, byte[]> record = end.marker(0);
      if (record == null) {
        throw new UsageException("topic " + topic + " does not end with an end-of-corpus marker yet, so the length of the"
            + " run is not known: set training.tokens, or wait until the corpus is complete");
      }
      return marker(registry, record).getPredictedTokens();
    }
  }

  private static EndOfCorpus marker(SchemaRegistryClient registry, ConsumerRecord<String, byte[]> record) {
    if (RecordNames.isLogitsBatch(registry, record.value())) {
      return new AvroDeserializer<>(registry, LogitsBatch.class).deserialize(record.topic(), record.value())
          .getBatch().getEndOfCorpus();
    }
    return new AvroDeserializer<>(registry, TokenBatch.class).deserialize(record.topic(), record.value())
        .getEndOfCorpus();
  }
}
