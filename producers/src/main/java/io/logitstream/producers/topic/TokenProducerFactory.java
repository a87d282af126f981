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

/** Creates the transactional producer of a tokens topic. */
public final class TokenProducerFactory {
    // A fetch returns whole Kafka batches: small ones let a live reader receive records of each partition.
    private static final int BATCH_BYTES = 32 * 1024;

    private TokenProducerFactory() {}

    /**
     * Returns the properties of the producer.
     *
     * @param maxRecordBytes max.message.bytes of the topic
     * @throws UsageException when the largest batch of the corpus does not fit into the topic or the producer
     */
    public static Properties properties(KafkaSettings kafka, String topic, CorpusConfig corpus, int maxRecordBytes) {
        Properties properties = kafka.producer(maxRecordBytes);
        properties.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, transactionalId(topic, corpus.name()));
        properties.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, "true");
        properties.putIfAbsent(ProducerConfig.COMPRESSION_TYPE_CONFIG, "zstd");
        properties.putIfAbsent(
                ProducerConfig.BATCH_SIZE_CONFIG, Integer.toString(Math.min(BATCH_BYTES, maxRecordBytes)));
        // With more requests in flight, later ones overtake the first one after a commit while the broker still ends
        // the old transaction. They arrive out of order, are retried, and fill the logs.
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

    /** Transactional id of a corpus in a topic, so that only one producer at a time can write it. */
    public static String transactionalId(String topic, String corpus) {
        return "logitstream-produce-" + topic + "-" + corpus;
    }

    /**
     * Opens the producer.
     *
     * @throws UsageException when Kafka rejects the properties
     */
    public static Producer<String, TokenBatch> open(
            Properties properties, KafkaSettings kafka, SchemaRegistryClient registry) {
        try {
            return new KafkaProducer<>(
                    properties, new StringSerializer(), new AvroSerializer<>(registry, kafka.autoRegisterSchemas()));
        } catch (KafkaException e) {
            throw new UsageException("the producer's settings are invalid: " + FailureText.ofRoot(e));
        }
    }

    private static void requireFits(String topic, CorpusConfig corpus, String setting, long limit) {
        MixtureHeader mixture = MixtureHeader.of(corpus);
        long largest = TokenBatches.maxRecordBytes(corpus.rows(), corpus.contextLength() + 1)
                + (mixture == null ? 0 : mixture.size());
        if (largest > limit) {
            throw new UsageException("a batch of " + corpus.rows() + " rows of " + corpus.contextLength()
                    + " tokens takes up to " + largest + " bytes, but topic " + topic + " takes " + limit + " (the "
                    + setting + "); use fewer rows or a smaller contextLength, or raise that setting");
        }
    }
}
