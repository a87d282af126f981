package io.logitstream.teacher.resume;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.RecordAddress;
import io.logitstream.schemas.kafka.RecordKind;
import io.logitstream.schemas.kafka.SourcePosition;
import io.logitstream.schemas.kafka.TopicIdentity;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Finds records of a logits topic by their source offset in the tokens topic. Both offsets rise together, so a binary
 * search needs few reads. Not thread-safe.
 */
final class SourceOffsetSearch implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(200);
    private static final long READ_TIMEOUT_NANOS = Duration.ofSeconds(30).toNanos();

    private final String topic;
    private final TopicIdentity tokens;
    private final Consumer<byte[], byte[]> consumer;
    private final Runnable running;
    private final Map<TopicPartition, long[]> bounds = new HashMap<>();

    SourceOffsetSearch(KafkaSettings kafka, String topic, TopicIdentity tokens, Runnable running) {
        this(topic, tokens, consumer(kafka), running);
    }

    /**
     * @param topic logits topic
     * @param tokens the tokens topic of the source offsets
     * @param consumer consumer of committed records; closed by {@link #close}
     * @param running called before each read; its exceptions end the search
     */
    SourceOffsetSearch(String topic, TopicIdentity tokens, Consumer<byte[], byte[]> consumer, Runnable running) {
        this.running = running;
        this.topic = topic;
        this.tokens = tokens;
        this.consumer = consumer;
    }

    private static Consumer<byte[], byte[]> consumer(KafkaSettings kafka) {
        // Each fetch returns a single record batch, of any size.
        Properties properties = kafka.consumerOfPresent(1);
        properties.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, "1");
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        properties.remove(ConsumerConfig.GROUP_ID_CONFIG);
        return new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /**
     * Smallest source offset in a partition that is not below a given one; {@link Long#MAX_VALUE} if there is none.
     *
     * @param partition number of the partition
     * @param source lower bound of the source offset
     */
    long firstSourceFrom(int partition, long source) {
        TopicPartition topicPartition = new TopicPartition(topic, partition);
        consumer.assign(List.of(topicPartition));
        long[] range = bounds.computeIfAbsent(topicPartition, each -> new long[] {
            consumer.beginningOffsets(List.of(each)).get(each),
            consumer.endOffsets(List.of(each)).get(each)
        });
        long end = range[1];
        long found = Long.MAX_VALUE;
        long from = range[0];
        long to = end;
        while (from < to) {
            long middle = from + (to - from) / 2;
            ConsumerRecord<byte[], byte[]> record = at(topicPartition, middle, end);
            long offset = record == null ? Long.MAX_VALUE : sourceOf(record);
            if (offset >= source) {
                found = Math.min(found, offset);
                to = middle;
            } else {
                from = record.offset() + 1;
            }
        }
        return found;
    }

    // Records of older versions have no source position, and records that were copied together with their tokens topic
    // have one of the original topic. Both precede all records made from the current topic.
    private long sourceOf(ConsumerRecord<byte[], byte[]> record) {
        SourcePosition position = SourcePosition.readFrom(record);
        return position == null
                        || tokens.changeSince(position.topic(tokens.name())).isPresent()
                ? -1
                : position.offset();
    }

    private ConsumerRecord<byte[], byte[]> at(TopicPartition partition, long offset, long end) {
        consumer.seek(partition, offset);
        long start = System.nanoTime();
        while (consumer.position(partition) < end) {
            running.run();
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                // Foreign records have no source position and are not ordered by it.
                if (RecordKind.of(record) != RecordKind.FOREIGN) {
                    return record;
                }
            }
            if (System.nanoTime() - start > READ_TIMEOUT_NANOS) {
                throw new LogitstreamException(RecordAddress.of(topic, partition.partition(), offset)
                        + ": no record could be read in time; check that the broker runs");
            }
        }
        return null;
    }

    @Override
    public void close() {
        consumer.close();
    }
}
