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
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Finds the parts of corpora that are in a topic, by the last records of the partitions. */
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
     * @param corpora names of the corpora that the producer writes
     * @param transactionalId transactional id of the producer
     * @param documentEnd token that ends a document where the corpora are to have isolated documents; null if joined
     * @param patience longest wait for transactions of other producers
     * @return the published parts in the order of the names
     * @throws LogitstreamException when another corpus in the topic has documents that are read in another way: no student
     *     can be trained on both
     */
    public Map<String, PublishedCorpus> read(
            Admin admin,
            SchemaRegistryClient registry,
            List<String> corpora,
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
            Map<String, List<PublishedCorpus.Last>> lasts = new LinkedHashMap<>();
            corpora.forEach(corpus -> lasts.put(corpus, new ArrayList<>()));
            for (TopicPartition partition : partitions) {
                Map<String, ConsumerRecord<byte[], byte[]>> last =
                        lastOfEach(finder, partition, ends.get(partition), lasts.keySet());
                lasts.forEach((corpus, ofPartitions) -> ofPartitions.add(
                        last.containsKey(corpus) ? parse(last.get(corpus), deserializer) : PublishedCorpus.Last.NONE));
                finder.last(partition, ends.get(partition), 1, PublishedCorpusReader::isBatch)
                        .forEach(record -> requireUnmixed(record, corpora, documentEnd, deserializer));
            }
            Map<String, PublishedCorpus> published = new LinkedHashMap<>();
            lasts.forEach(
                    (corpus, ofPartitions) -> published.put(corpus, PublishedCorpus.of(topic, corpus, ofPartitions)));
            return published;
        }
    }

    /**
     * Reads a partition backwards until a record of each corpus is found. The teacher stream refuses a record without the
     * key of a batch; publishing goes on behind it.
     */
    private static Map<String, ConsumerRecord<byte[], byte[]>> lastOfEach(
            LastRecordFinder<byte[]> finder, TopicPartition partition, long end, Set<String> corpora) {
        Map<String, ConsumerRecord<byte[], byte[]>> last = new HashMap<>();
        finder.last(partition, end, 1, record -> {
            RecordKind.key(record)
                    .filter(key -> corpora.contains(key.corpus()))
                    .ifPresent(key -> last.merge(
                            key.corpus(), record, (one, other) -> one.offset() > other.offset() ? one : other));
            return last.size() == corpora.size();
        });
        return last;
    }

    private static boolean isBatch(ConsumerRecord<byte[], byte[]> record) {
        return RecordKind.of(record) == RecordKind.BATCH && record.value() != null;
    }

    private void requireUnmixed(
            ConsumerRecord<byte[], byte[]> record,
            List<String> corpora,
            Integer documentEnd,
            AvroDeserializer<TokenBatch> deserializer) {
        TokenBatch other;
        try {
            other = deserializer.deserialize(topic, record.value());
        } catch (SerializationException e) {
            // A foreign record, which the teacher stream names.
            return;
        }
        if (!corpora.contains(other.getCorpus()) && !Objects.equals(other.getDocumentEnd(), documentEnd)) {
            String corpus = String.join(", ", corpora);
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
