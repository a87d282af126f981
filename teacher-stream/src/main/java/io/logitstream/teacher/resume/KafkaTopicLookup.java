package io.logitstream.teacher.resume;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.kafka.BatchPosition;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.LastRecordFinder;
import io.logitstream.schemas.kafka.TopicIdentity;
import io.logitstream.schemas.registry.AvroDeserializer;
import io.logitstream.teacher.deadletters.DeadLetter;
import io.logitstream.teacher.deadletters.DeadLetterTopic;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Properties;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/** Reads the tokens topic and the dead letters, and only when a lookup needs them. Not thread-safe. */
final class KafkaTopicLookup implements TopicLookup, AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(200);
    private static final long READ_TIMEOUT_NANOS = Duration.ofSeconds(30).toNanos();

    private final KafkaSettings kafka;
    private final TopicIdentity tokens;
    private final String deadLetterTopic;
    private final int maxRecordBytes;
    private final AvroDeserializer<TokenBatch> reader;
    private final Map<Integer, TokenBatch> lastBatches;
    private KafkaConsumer<String, byte[]> consumer;
    private Map<Integer, OffsetRanges> letters;

    /**
     * @param tokens the tokens topic
     * @param deadLetterTopic dead-letter topic of the stream
     * @param maxRecordBytes largest record of both topics, in bytes
     * @param registry schema registry, closed by its owner
     * @param lastBatches token batch of the last logits record by partition; null if it cannot be read
     */
    KafkaTopicLookup(
            KafkaSettings kafka,
            TopicIdentity tokens,
            String deadLetterTopic,
            int maxRecordBytes,
            SchemaRegistryClient registry,
            Map<Integer, TokenBatch> lastBatches) {
        this.kafka = kafka;
        this.tokens = tokens;
        this.deadLetterTopic = deadLetterTopic;
        this.maxRecordBytes = maxRecordBytes;
        this.reader = new AvroDeserializer<>(registry, TokenBatch.class);
        this.lastBatches = lastBatches;
    }

    @Override
    public OptionalLong offsetOfLast(PartitionState view) {
        TokenBatch wanted = lastBatches.get(view.partition());
        // Usually the batch is just before the group's offset. If that offset was reset, the batch is elsewhere.
        long end = view.tokensEnd();
        long middle = view.committed() == null ? end : Math.max(view.tokensBegin(), Math.min(view.committed(), end));
        TopicPartition partition = topicPartition(view.partition());
        Predicate<ConsumerRecord<String, byte[]>> wantedOne =
                record -> isSame(record, view.last().key(), wanted);
        List<ConsumerRecord<String, byte[]>> before = finder().last(partition, middle, 1, wantedOne);
        ConsumerRecord<String, byte[]> found = !before.isEmpty()
                ? before.get(0)
                : middle < end ? finder().lastBetween(partition, middle, end, wantedOne) : null;
        return found == null ? OptionalLong.empty() : OptionalLong.of(found.offset());
    }

    private boolean isSame(ConsumerRecord<String, byte[]> record, String key, TokenBatch wanted) {
        try {
            return key.equals(record.key())
                    && wanted != null
                    && wanted.equals(reader.deserialize(record.topic(), record.value()));
        } catch (SerializationException e) {
            return false;
        }
    }

    @Override
    public boolean areDeadLetters(int partition, long from, long to) {
        return from >= to
                || finder().lastBetween(
                                        topicPartition(partition),
                                        from,
                                        to,
                                        record -> !letters(partition).contains(record.offset()))
                        == null;
    }

    private OffsetRanges letters(int partition) {
        if (letters == null) {
            letters = new HashMap<>();
            DeadLetterTopic.read(kafka, deadLetterTopic, maxRecordBytes, this::keep);
        }
        return letters.getOrDefault(partition, new OffsetRanges());
    }

    private void keep(DeadLetter letter) {
        if (letter.isOf(tokens)) {
            letters.computeIfAbsent(letter.partition(), number -> new OffsetRanges())
                    .add(letter.offset());
        }
    }

    @Override
    public PartitionState.First first(int partition) {
        TopicPartition topicPartition = topicPartition(partition);
        consumer().assign(List.of(topicPartition));
        consumer.seekToBeginning(List.of(topicPartition));
        long end = consumer.endOffsets(List.of(topicPartition)).get(topicPartition);
        long progress = System.nanoTime();
        while (consumer.position(topicPartition) < end) {
            for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
                return new PartitionState.First(
                        record.offset(), String.valueOf(record.key()), BatchPosition.number(record.headers()));
            }
            requireProgress(progress, partition);
        }
        return null;
    }

    private LastRecordFinder<String> finder() {
        return new LastRecordFinder<>(consumer());
    }

    private KafkaConsumer<String, byte[]> consumer() {
        if (consumer == null) {
            Properties properties = kafka.consumerOfPresent(maxRecordBytes);
            properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
            properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
            properties.remove(ConsumerConfig.GROUP_ID_CONFIG);
            consumer = new KafkaConsumer<>(properties, new StringDeserializer(), new ByteArrayDeserializer());
        }
        return consumer;
    }

    private TopicPartition topicPartition(int partition) {
        return new TopicPartition(tokens.name(), partition);
    }

    private void requireProgress(long progress, int partition) {
        if (System.nanoTime() - progress > READ_TIMEOUT_NANOS) {
            throw new LogitstreamException("topic " + tokens.name() + ", partition " + partition
                    + ": no record could be read in time; check that the broker runs");
        }
    }

    @Override
    public void close() {
        if (consumer != null) {
            consumer.close();
        }
    }
}
