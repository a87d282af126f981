package io.logitstream.teacher.resume;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.schemas.kafka.SourcePosition;
import io.logitstream.schemas.kafka.TopicIdentity;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

class SourceOffsetSearchTest {
    private static final TopicPartition PARTITION = new TopicPartition("logits", 0);
    private static final TopicIdentity TOKENS =
            new TopicIdentity("tokens", Uuid.randomUuid().toString(), 1);
    private static final TopicIdentity OLD =
            new TopicIdentity("tokens", Uuid.randomUuid().toString(), 1);

    private final List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    private long next;

    @Test
    void findsTheFirstSourceThatCameThrough() {
        for (long source : new long[] {0, 1, 4, 5, 9}) {
            add("c/00000/0000001", TOKENS, source);
        }

        assertFound(0, 0);
        assertFound(2, 4);
        assertFound(5, 5);
        assertFound(6, 9);
        assertFound(10, Long.MAX_VALUE);
    }

    @Test
    void sourcesOfATopicThatWasCopiedAreNoneOfTheCopy() {
        for (long source = 0; source < 20; source++) {
            add("c/00000/0000001", OLD, 1_000 + source);
        }
        assertFound(3, Long.MAX_VALUE);

        add("c/00000/0000001", TOKENS, 12);
        add("c/00000/0000001", TOKENS, 14);

        assertFound(3, 12);
        assertFound(13, 14);
        assertFound(15, Long.MAX_VALUE);
    }

    @Test
    void recordsOfOlderVersionsHaveNoSource() {
        add("c/00000/0000001", null, 0);
        add("c/00000/0000002", null, 0);
        assertFound(0, Long.MAX_VALUE);

        add("c/00000/0000003", TOKENS, 7);
        assertFound(0, 7);
    }

    @Test
    void foreignRecordsAreStillNoEnd() {
        add("c/00000/0000001", TOKENS, 3);
        add("garbage", null, 0);
        add(null, null, 0);
        add("c/00000/0000002", TOKENS, 8);
        for (int i = 0; i < 9; i++) {
            add("garbage", null, 0);
        }

        assertFound(0, 3);
        assertFound(4, 8);
        assertFound(9, Long.MAX_VALUE);
    }

    @Test
    void anEmptyPartitionHoldsNothing() {
        assertFound(0, Long.MAX_VALUE);
    }

    private void assertFound(long from, long found) {
        try (SourceOffsetSearch search = new SourceOffsetSearch("logits", TOKENS, new Log(), () -> {})) {
            assertThat(search.firstSourceFrom(0, from)).isEqualTo(found);
        }
    }

    private void add(String key, TopicIdentity topic, long source) {
        // The ends of transactions take offsets, too.
        ConsumerRecord<byte[], byte[]> record = new ConsumerRecord<>(
                "logits", 0, next, key == null ? null : key.getBytes(StandardCharsets.UTF_8), new byte[1]);
        if (topic != null) {
            SourcePosition.of(topic, source).writeTo(record.headers());
        }
        records.add(record);
        next += records.size() % 3 == 0 ? 2 : 1;
    }

    private final class Log extends MockConsumer<byte[], byte[]> {
        Log() {
            super("earliest");
            updateBeginningOffsets(Map.of(PARTITION, 0L));
            updateEndOffsets(Map.of(PARTITION, next));
        }

        @Override
        public synchronized ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
            long from = position(PARTITION);
            for (ConsumerRecord<byte[], byte[]> record : records) {
                if (record.offset() >= from) {
                    seek(PARTITION, record.offset() + 1);
                    return new ConsumerRecords<>(Map.of(PARTITION, List.of(record)), Map.of());
                }
            }
            seek(PARTITION, next);
            return ConsumerRecords.empty();
        }
    }
}
