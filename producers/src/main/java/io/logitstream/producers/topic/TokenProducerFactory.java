package io.logitstream.producers.topic;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.UsageException;
import io.logitstream.producers.corpus.source.CorpusConfig;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.registry.AvroSerializer;
import java.util.Properties;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.StringSerializer;

/** Makes the producer of a tokens topic. */
public final class TokenProducerFactory {
    // A fetch takes whole Kafka batches: small ones let a live reader get a little of every partition.
    private static final int BATCH_BYTES = 32 * 1024;

    private TokenProducerFactory() {}

    /**
     * Properties of the producer.
     *
     * @param maxRecordBytes the topic's max.message.bytes
     * @throws UsageException if the largest batch of the corpus does not fit the topic or the producer
     */
    public static Properties properties(KafkaSettings kafka, String topic, CorpusConfig corpus, int maxRecordBytes) {
        Properties properties = kafka.producer(maxRecordBytes);
        properties.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, transactionalId(topic, corpus.name()));
        properties.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, "true");
        properties.putIfAbsent(ProducerConfig.COMPRESSION_TYPE_CONFIG, "zstd");
        properties.putIfAbsent(
                ProducerConfig.BATCH_SIZE_CONFIG, Integer.toString(Math.min(BATCH_BYTES, maxRecordBytes)));
        // With more, requests sent right after a commit overtake the first one while the broker still ends the
        // old transaction: they arrive out of order, are retried, and fill the logs.
        properties.putIfAbsent(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, "1");
        requireFits(topic, corpus, "topic's max.message.bytes", maxRecordBytes);
        requireFits(
                topic,
                corpus,
                "producer's max.request.size",
                Long.parseLong(properties
                        .get(ProducerConfig.MAX_REQUEST_SIZE_CONFIG)
                        .toString()
                        .strip()));
        return properties;
    }

    /** One producer at a time for each corpus of a topic. */
    public static String transactionalId(String topic, String corpus) {
        return "logitstream-produce-" + topic + "-" + corpus;
    }

    public static Producer<String, TokenBatch> open(
            Properties properties, KafkaSettings kafka, SchemaRegistryClient registry) {
        try {
            return new KafkaProducer<>(
                    properties, new StringSerializer(), new AvroSerializer<>(registry, kafka.autoRegisterSchemas()));
        } catch (KafkaException e) {
            throw new UsageException("the producer's settings are impossible: " + FailureText.ofRoot(e));
        }
    }

    private static void requireFits(String topic, CorpusConfig corpus, String setting, long limit) {
        long largest = TokenBatches.maxRecordBytes(corpus.rows(), corpus.contextLength() + 1);
        if (largest > limit) {
            throw new UsageException("a batch of " + corpus.rows() + " rows of " + corpus.contextLength()
                    + " tokens takes up to " + largest + " bytes, but topic " + topic + " takes " + limit + " (the "
                    + setting + "); use fewer rows or a smaller contextLength, or raise that setting");
        }
    }
}
