package io.logitstream.producers.topic;

import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.kafka.RecordAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/** Finds the last committed record of a corpus in a partition, reading backwards in growing steps. */
final class LastRecordFinder {
    private static final long FIRST_STEP = 16;
    private static final int STEP_GROWTH = 8;
    private static final Duration POLL = Duration.ofMillis(200);
    private static final long PATIENCE_NANOS = Duration.ofSeconds(30).toNanos();

    private final Consumer<byte[], byte[]> consumer;

    /**
     * @param consumer reads committed records, without a group
     */
    LastRecordFinder(Consumer<byte[], byte[]> consumer) {
        this.consumer = consumer;
    }

    /**
     * @param end the offset before which to look; everything before it is committed or aborted
     * @return the record, or null if the partition holds none of the corpus
     */
    ConsumerRecord<byte[], byte[]> lastOf(String corpus, TopicPartition partition, long end) {
        consumer.assign(List.of(partition));
        long begin = consumer.beginningOffsets(List.of(partition)).get(partition);
        long step = FIRST_STEP;
        for (long to = end; to > begin; step *= STEP_GROWTH) {
            long from = Math.max(begin, to - step);
            ConsumerRecord<byte[], byte[]> last = lastBetween(partition, from, to, corpus);
            if (last != null) {
                return last;
            }
            to = from;
        }
        return null;
    }

    private ConsumerRecord<byte[], byte[]> lastBetween(TopicPartition partition, long from, long to, String corpus) {
        consumer.seek(partition, from);
        ConsumerRecord<byte[], byte[]> last = null;
        long progress = System.nanoTime();
        for (long position = from; position < to; ) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL).records(partition)) {
                last = record.offset() < to && isOf(record.key(), corpus) ? record : last;
            }
            long reached = consumer.position(partition);
            if (reached > position) {
                position = reached;
                progress = System.nanoTime();
            } else if (System.nanoTime() - progress > PATIENCE_NANOS) {
                throw new LogitstreamException(RecordAddress.of(partition.topic(), partition.partition(), position)
                        + ": nothing can be read; check the broker");
            }
        }
        return last;
    }

    // What has no key of a batch was not written by a publisher, and is the teacher's to give up.
    private static boolean isOf(byte[] key, String corpus) {
        return key != null
                && BatchKey.tryParse(new String(key, StandardCharsets.UTF_8))
                        .map(batch -> batch.corpus().equals(corpus))
                        .orElse(false);
    }
}
