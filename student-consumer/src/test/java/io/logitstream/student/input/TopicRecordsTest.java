package io.logitstream.student.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.Test;

/** How long the records of a topic are waited for. */
class TopicRecordsTest {
    private static final TopicPartition PARTITION = new TopicPartition("tokens", 0);

    private final List<Duration> patience = new ArrayList<>();
    private final MockConsumer<String, byte[]> consumer = new MockConsumer<>("none") {
        @Override
        public synchronized void commitSync(Map<TopicPartition, OffsetAndMetadata> offsets) {
            commitSync(offsets, Duration.ofMinutes(1));
        }

        @Override
        public synchronized void commitSync(Map<TopicPartition, OffsetAndMetadata> offsets, Duration timeout) {
            patience.add(timeout);
            throw new TimeoutException("no coordinator");
        }
    };

    @Test
    void aCoordinatorThatIsAwayHoldsAStartUpForSomeSecondsOnly() {
        try (TopicRecords records = records()) {
            records.requireGroup(Map.of(0, 0L));
        }

        assertThat(patience).hasSize(1).allMatch(each -> each.compareTo(Duration.ofSeconds(5)) <= 0);
    }

    @Test
    void whatFollowsIsLookedForUpToTheEndOnly() {
        try (TopicRecords records = records()) {
            assertThat(records.ends()).isEqualTo(Map.of(0, 1L));
            assertThat(records.following(0, 0, () -> {
                        throw new AssertionError("waits behind the end");
                    }))
                    .isEmpty();
            consumer.addRecord(new ConsumerRecord<>("tokens", 0, 0, "key", new byte[1]));
            assertThat(records.following(0, 1, () -> {})).hasSize(1);
        }
    }

    @Test
    void lookingForWhatFollowsCanBeGivenUp() {
        try (TopicRecords records = records()) {
            assertThatThrownBy(() -> records.following(0, 1, () -> {
                        throw new CancellationException("stop");
                    }))
                    .hasMessage("stop");
        }
    }

    private TopicRecords records() {
        consumer.updatePartitions("tokens", List.of(new PartitionInfo("tokens", 0, null, null, null)));
        consumer.updateBeginningOffsets(Map.of(PARTITION, 0L));
        consumer.updateEndOffsets(Map.of(PARTITION, 1L));
        TopicRecords records = new TopicRecords(consumer, "tokens", "memory", TopicWatch.of("tokens", () -> null));
        records.seek(Map.of(0, 0L));
        return records;
    }
}
