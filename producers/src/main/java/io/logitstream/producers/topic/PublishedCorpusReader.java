package io.logitstream.producers.topic;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.Documents;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.schemas.kafka.BatchPosition;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.LastRecordFinder;
import io.logitstream.schemas.kafka.RecordAddress;
import io.logitstream.schemas.kafka.RecordKind;
import io.logitstream.schemas.kafka.VocabularyHeader;
import io.logitstream.schemas.registry.AvroDeserializer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Finds the part of a corpus that is in a topic, by the last records of the partitions. */
public final class PublishedCorpusReader {
    private final KafkaSettings kafka;
    private final String topic;
    private final List<TopicPartition> partitions;
    private final int maxRecordBytes;

    public PublishedCorpusReader(KafkaSettings kafka, String topic, int partitions, int maxRecordBytes) {
        this.kafka = kafka;
        this.topic = topic;
        this.partitions = IntStream.range(0, partitions)
                .mapToObj(each -> new TopicPartition(topic, each))
                .toList();
        this.maxRecordBytes = maxRecordBytes;
    }

    /**
     * Waits until no transaction is open, and reads the last records.
     *
     * @param corpus name of the corpus
     * @param transactionalId transactional id of its producer
     * @param documentEnd token that ends a document where the corpus is to have isolated documents; null if joined
     * @param patience longest wait for transactions of other producers
     * @throws LogitstreamException when another corpus in the topic has documents that are read in another way: no student
     *     can be trained on both
     */
    public PublishedCorpus read(
            Admin admin,
            SchemaRegistryClient registry,
            String corpus,
            String transactionalId,
            Integer documentEnd,
            Duration patience) {
        Map<TopicPartition, Long> ends = LastStableOffsets.await(admin, partitions, transactionalId, patience);
        Properties properties = kafka.consumerOfPresent(maxRecordBytes);
        properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
        properties.remove(ConsumerConfig.GROUP_ID_CONFIG);
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            LastRecordFinder<byte[]> finder = new LastRecordFinder<>(consumer);
            AvroDeserializer<TokenBatch> deserializer = new AvroDeserializer<>(registry, TokenBatch.class);
            List<PublishedCorpus.Last> lasts = new ArrayList<>();
            for (TopicPartition partition : partitions) {
                List<ConsumerRecord<byte[], byte[]>> last =
                        finder.last(partition, ends.get(partition), 1, record -> isOf(record, corpus));
                lasts.add(last.isEmpty() ? PublishedCorpus.Last.NONE : parse(last.get(0), deserializer));
                finder.last(partition, ends.get(partition), 1, PublishedCorpusReader::isBatch)
                        .forEach(record -> requireUnmixed(record, corpus, documentEnd, deserializer));
            }
            return PublishedCorpus.of(topic, corpus, lasts);
        }
    }

    // The teacher stream refuses a record without the key of a batch; publishing goes on behind it.
    private static boolean isOf(ConsumerRecord<byte[], byte[]> record, String corpus) {
        return RecordKind.key(record).filter(key -> key.corpus().equals(corpus)).isPresent();
    }

    private static boolean isBatch(ConsumerRecord<byte[], byte[]> record) {
        return RecordKind.of(record) == RecordKind.BATCH && record.value() != null;
    }

    private void requireUnmixed(
            ConsumerRecord<byte[], byte[]> record,
            String corpus,
            Integer documentEnd,
            AvroDeserializer<TokenBatch> deserializer) {
        TokenBatch other;
        try {
            other = deserializer.deserialize(topic, record.value());
        } catch (SerializationException e) {
            // A foreign record, which the teacher stream names.
            return;
        }
        if (!other.getCorpus().equals(corpus) && !Objects.equals(other.getDocumentEnd(), documentEnd)) {
            throw new LogitstreamException(RecordAddress.of(record) + ": the documents of corpus " + other.getCorpus()
                    + " are " + Documents.describe(other) + ", and those of corpus " + corpus
                    + " are not; a topic holds"
                    + " one or the other, so publish corpus " + corpus
                    + " with the same corpus.documents and corpus.endOfText, or into another topic");
        }
    }

    private PublishedCorpus.Last parse(
            ConsumerRecord<byte[], byte[]> record, AvroDeserializer<TokenBatch> deserializer) {
        RecordAddress where = RecordAddress.of(record);
        if (record.value() == null) {
            throw new LogitstreamException(
                    where + ": the record of this corpus has no value, so publishing cannot continue after it;"
                            + " use another corpus name or an empty topic");
        }
        try {
            TokenBatch batch = TokenBatches.require(deserializer.deserialize(topic, record.value()));
            return new PublishedCorpus.Last(
                    batch,
                    TokenBatches.isEndMarker(batch) ? null : BatchPosition.readFrom(record.headers(), where.toString()),
                    VocabularyHeader.read(record.headers()),
                    MixtureHeader.read(record.headers()));
        } catch (SerializationException e) {
            throw new LogitstreamException(where + ": " + e.getMessage(), e);
        }
    }
}
