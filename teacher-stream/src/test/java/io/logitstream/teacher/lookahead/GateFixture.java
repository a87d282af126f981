package io.logitstream.teacher.lookahead;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.teacher.model.ScoredBatch;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.internals.AutoOffsetResetStrategy;
import org.apache.kafka.common.TopicPartition;

/** A gate over two partitions of a mock consumer, whose scorer answers when a test says so. */
abstract class GateFixture {
    static final TopicPartition P0 = new TopicPartition("tokens", 0);
    static final TopicPartition P1 = new TopicPartition("tokens", 1);

    final Map<ConsumerRecord<byte[], byte[]>, TokenBatch> batches = new HashMap<>();
    final MockConsumer<byte[], byte[]> consumer = new MockConsumer<>(AutoOffsetResetStrategy.EARLIEST.name());
    HeldBackScorer scorer;
    LookAhead ahead;
    RecordGate gate;

    void start(int requests, TopicPartition... partitions) {
        scorer = new HeldBackScorer(requests);
        ahead = new LookAhead(scorer);
        gate = new RecordGate(ahead, record -> {
            if (!batches.containsKey(record)) {
                throw new IllegalArgumentException("cannot be decoded");
            }
            return batches.get(record);
        });
        consumer.assign(List.of(partitions));
        Map<TopicPartition, Long> begins = new HashMap<>();
        List.of(partitions).forEach(each -> begins.put(each, 0L));
        consumer.updateBeginningOffsets(begins);
    }

    void put(TopicPartition partition, int... numbers) {
        for (int number : numbers) {
            ConsumerRecord<byte[], byte[]> record = record(partition, number);
            batches.put(record, batch(partition.partition(), number));
            consumer.addRecord(record);
        }
        if (gate.full().isEmpty()) {
            poll(P0, P1);
        }
    }

    static ConsumerRecord<byte[], byte[]> record(TopicPartition partition, int number) {
        return new ConsumerRecord<>(
                "tokens",
                partition.partition(),
                number,
                new BatchKey("demo", partition.partition(), number).toString().getBytes(StandardCharsets.UTF_8),
                new byte[0]);
    }

    static TokenBatch batch(int partition, int number) {
        return new TokenBatch(
                "demo",
                partition,
                number,
                1,
                2,
                TokenBatches.bytes(new int[] {number % 9, 1}),
                "0".repeat(64),
                9,
                null,
                null);
    }

    ConsumerRecords<byte[], byte[]> records(TopicPartition... paused) {
        return gate.poll(Duration.ZERO, consumer::poll, List.of(paused), () -> true);
    }

    List<String> poll(TopicPartition... paused) {
        List<String> names = new ArrayList<>();
        records(paused).forEach(record -> names.add(record.partition() + "@" + record.offset()));
        return names;
    }

    double loss(TopicPartition partition, long offset, int number) {
        return ScoredBatch.await(ahead.take(partition, offset)
                        .of(batch(partition.partition(), number))
                        .orElseThrow())
                .textLoss();
    }

    void take(TopicPartition partition, long offset) {
        assertThat(ahead.take(partition, offset).of(batch(partition.partition(), (int) offset)))
                .isPresent();
    }
}
