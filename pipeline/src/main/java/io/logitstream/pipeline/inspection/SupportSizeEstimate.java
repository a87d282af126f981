package io.logitstream.pipeline.inspection;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.LogitsBatch;
import io.logitstream.schemas.codec.LogitsBatches;
import io.logitstream.schemas.codec.LogitsCodecs;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.RegistryClients;
import io.logitstream.schemas.logits.PayloadShape;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.schemas.logits.SupportTruncation;
import io.logitstream.schemas.registry.AvroDeserializer;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * Estimates the size of records with narrower supports: cuts a sample of a topic's records down and encodes it again.
 */
public final class SupportSizeEstimate {
    /** Batches in the sample, the first of partition 0. */
    private static final int BATCHES = 24;

    private static final Duration POLL = Duration.ofMillis(500);
    private static final int PATIENCE = 60;

    private SupportSizeEstimate() {}

    /**
     * Fractions of a record's size that remain with narrower supports.
     *
     * @param kafka cluster
     * @param topic complete logits topic
     * @param stored rule of the topic
     * @param narrower rules that the topic's rule covers
     * @param maxRecordBytes largest record size of the topic
     * @return fraction of a record's bytes, before Kafka's compression, by the text of the rule
     */
    public static Map<String, Double> parts(
            KafkaSettings kafka,
            String topic,
            SupportRule stored,
            Collection<SupportRule> narrower,
            int maxRecordBytes) {
        Map<String, Double> bytes = new LinkedHashMap<>();
        long whole = 0;
        Properties properties = kafka.consumerOfPresent(maxRecordBytes);
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
        properties.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, BATCHES);
        TopicPartition partition = new TopicPartition(topic, 0);
        try (KafkaConsumer<String, byte[]> consumer =
                        new KafkaConsumer<>(properties, new StringDeserializer(), new ByteArrayDeserializer());
                SchemaRegistryClient registry = RegistryClients.create(kafka)) {
            AvroDeserializer<LogitsBatch> reader = new AvroDeserializer<>(registry, LogitsBatch.class);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).get(partition);
            int batches = 0;
            for (int polls = 0; batches < BATCHES && consumer.position(partition) < end && polls < PATIENCE; polls++) {
                for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
                    LogitsBatch batch = reader.deserialize(topic, record.value());
                    if (batch.getTeacher() != null && batches < BATCHES) {
                        int size = record.serializedKeySize() + record.serializedValueSize();
                        narrower.forEach(support ->
                                bytes.merge(support.text(), size - saved(batch, stored, support), Double::sum));
                        whole += size;
                        batches++;
                    }
                }
            }
        } catch (IOException e) {
            throw new LogitstreamException("schema registry client cannot be closed: " + FailureText.of(e), e);
        }
        double divisor = Math.max(1, whole);
        bytes.replaceAll((support, left) -> left / divisor);
        return bytes;
    }

    private static double saved(LogitsBatch batch, SupportRule stored, SupportRule support) {
        SparseLogits logits = new SparseLogits();
        LogitsBatches.decode(batch, logits);
        Double p = support.cutP(stored);
        Integer k = support.cutK(stored);
        new SupportTruncation(p == null ? 1 : p, k == null ? Integer.MAX_VALUE : k).apply(logits, batch.getSelection());
        int cut = LogitsCodecs.byName(batch.getCodec())
                .encode(logits, PayloadShape.of(batch.getBatch(), 0))
                .remaining();
        return batch.getPayload().remaining() - cut;
    }
}
