package io.logitstream.pipeline.stages;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.model.tokenizer.TokenizerIdentity;
import io.logitstream.schemas.LogitsBatch;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.RegistryClients;
import io.logitstream.schemas.kafka.TopicEnd;
import io.logitstream.schemas.kafka.VocabularyHeader;
import io.logitstream.schemas.registry.AvroDeserializer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.SerializationException;

/** Check that a topic was made with the tokenizer of a teacher, by the latest record of the topic. */
public final class TopicTokenizerCheck {
    private TopicTokenizerCheck() {}

    /**
     * Requires that topics were made with a teacher's tokenizer. A topic that is missing or holds no readable record
     * passes. If a topic cannot be checked, because the right to read or a registry is missing, a line on standard
     * error says so.
     *
     * @param kafka cluster and registry
     * @param topics tokens topic and logits topic
     * @param maxRecordBytes their largest record, in bytes
     * @param teacher folder of the teacher, for the message
     * @param tokenizer its tokenizer
     * @throws UsageException if a topic was made with another tokenizer
     */
    public static void require(
            KafkaSettings kafka, List<String> topics, int maxRecordBytes, Path teacher, TokenizerIdentity tokenizer) {
        try (SchemaRegistryClient registry = RegistryClients.create(kafka)) {
            for (String topic : topics) {
                Latest latest;
                try {
                    latest = latest(kafka, registry, topic, maxRecordBytes);
                } catch (UsageException e) {
                    throw e;
                } catch (KafkaException | LogitstreamException e) {
                    System.err.printf(
                            "topic %s: its tokenizer cannot be checked here, only by the stream: %s%n",
                            topic, FailureText.of(e));
                    continue;
                }
                if (latest != null
                        && !tokenizer.made(
                                latest.batch().getTokenizerHash(),
                                latest.vocabulary(),
                                latest.batch().getVocabularySize())) {
                    throw new UsageException("topic " + topic + " was made with tokenizer "
                            + latest.batch().getTokenizerHash() + ", but teacher " + teacher + " has tokenizer "
                            + tokenizer.hash() + "; its logits would belong to other tokens");
                }
            }
        } catch (IOException e) {
            throw new LogitstreamException("schema registry client cannot be closed: " + FailureText.of(e), e);
        }
    }

    /** A batch with the identity of its tokenizer's ids, null if its record has none. */
    private record Latest(TokenBatch batch, String vocabulary) {}

    private static Latest latest(KafkaSettings kafka, SchemaRegistryClient registry, String topic, int maxRecordBytes) {
        try (TopicEnd end = new TopicEnd(kafka, topic, maxRecordBytes)) {
            for (int partition : end.partitions()) {
                for (ConsumerRecord<String, byte[]> record : end.tail(partition, 1)) {
                    TokenBatch batch = read(registry, record);
                    if (batch != null) {
                        return new Latest(batch, VocabularyHeader.read(record.headers()));
                    }
                }
            }
            return null;
        }
    }

    // The topics hold records of two schemas, and the deserializer refuses that of the other. A record that is neither
    // says nothing about the tokenizer.
    private static TokenBatch read(SchemaRegistryClient registry, ConsumerRecord<String, byte[]> record) {
        try {
            return new AvroDeserializer<>(registry, TokenBatch.class).deserialize(record.topic(), record.value());
        } catch (SerializationException e) {
            try {
                LogitsBatch batch =
                        new AvroDeserializer<>(registry, LogitsBatch.class).deserialize(record.topic(), record.value());
                return batch == null ? null : batch.getBatch();
            } catch (SerializationException unreadable) {
                return null;
            }
        }
    }
}
