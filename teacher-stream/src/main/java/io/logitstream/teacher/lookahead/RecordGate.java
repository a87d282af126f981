package io.logitstream.teacher.lookahead;

import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * Holds records back between a consumer and the stream until their batches are scored. The records of a partition stay
 * in order. For the stream, a record that is held back has not been read yet: its offsets, commits and rebalances do
 * not know it. Not thread-safe; each consumer has its own.
 */
final class RecordGate {
    /** Longest time without a poll of the consumer while records are held back and more are wanted. */
    private static final long SLICE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    /** The same where no more records are wanted: the consumer takes part in rebalances there, and nothing else. */
    private static final long FULL_SLICE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final LookAhead ahead;
    private final Function<ConsumerRecord<byte[], byte[]>, TokenBatch> decoder;
    private final Map<TopicPartition, HeldPartition> partitions = new HashMap<>();

    /**
     * @param ahead scores the batches
     * @param decoder returns the batch of a record; null if there is nothing to score. It may throw for a record that
     *     it cannot decode: the stream reports the fault when it processes the record
     */
    RecordGate(LookAhead ahead, Function<ConsumerRecord<byte[], byte[]>, TokenBatch> decoder) {
        this.ahead = ahead;
        this.decoder = decoder;
    }

    /**
     * Reads records and returns those that are ready.
     *
     * @param timeout longest wait for a record that is ready
     * @param consumer polls the consumer
     * @param paused partitions of which the stream wants no records
     * @param wantsMore whether the consumer reads any partition at present
     */
    ConsumerRecords<byte[], byte[]> poll(
            Duration timeout,
            Function<Duration, ConsumerRecords<byte[], byte[]>> consumer,
            Collection<TopicPartition> paused,
            BooleanSupplier wantsMore) {
        long end = System.nanoTime() + timeout.toNanos();
        while (true) {
            boolean waiting = !waiting(paused).isEmpty();
            hold(consumer.apply(waiting ? Duration.ZERO : Duration.ofNanos(Math.max(0, end - System.nanoTime()))));
            ConsumerRecords<byte[], byte[]> ready = ready(paused);
            long left = end - System.nanoTime();
            if (!ready.isEmpty() || !ready.nextOffsets().isEmpty() || left <= 0) {
                return ready;
            }
            List<HeldPartition> awaited = waiting(paused);
            if (!awaited.isEmpty()) {
                long slice = wantsMore.getAsBoolean() ? SLICE_NANOS : FULL_SLICE_NANOS;
                ahead.awaitReady(awaited, Math.min(left, slice));
            }
        }
    }

    /** Partitions of which enough records are waiting. */
    Set<TopicPartition> full() {
        Set<TopicPartition> full = new HashSet<>();
        partitions.forEach((name, held) -> {
            if (ahead.isFull(held)) {
                full.add(name);
            }
        });
        return full;
    }

    /** Offset of the first record of a partition that is held back; null if none is. */
    Long heldOffset(TopicPartition name) {
        HeldPartition held = partitions.get(name);
        return held == null ? null : ahead.heldOffset(held);
    }

    /** Forgets the records of partitions that are no longer read here, or are read from another offset. */
    void drop(Collection<TopicPartition> names) {
        ahead.drop(
                names.stream().map(partitions::remove).filter(Objects::nonNull).toList());
    }

    /** Forgets all records. */
    void dropAll() {
        drop(List.copyOf(partitions.keySet()));
    }

    private List<HeldPartition> waiting(Collection<TopicPartition> paused) {
        return partitions.values().stream()
                .filter(held -> !paused.contains(held.name()) && ahead.heldOffset(held) != null)
                .toList();
    }

    private void hold(ConsumerRecords<byte[], byte[]> polled) {
        for (TopicPartition name : polled.partitions()) {
            List<HeldRecord> records = new ArrayList<>();
            for (ConsumerRecord<byte[], byte[]> record : polled.records(name)) {
                records.add(new HeldRecord(record, batch(record)));
            }
            ahead.add(partitions.computeIfAbsent(name, ahead::open), records);
        }
        polled.nextOffsets().forEach((name, next) -> ahead.setEnd(partitions.computeIfAbsent(name, ahead::open), next));
        // After all partitions have their records: the oldest batch of all is started first.
        ahead.startWaiting();
    }

    private TokenBatch batch(ConsumerRecord<byte[], byte[]> record) {
        try {
            TokenBatch batch = decoder.apply(record);
            return batch == null
                            || TokenBatches.isEndMarker(batch)
                            || !BatchKey.tryParse(record.key())
                                    .filter(BatchKey.of(batch)::equals)
                                    .isPresent()
                    ? null
                    : batch;
        } catch (RuntimeException e) {
            return null;
        }
    }

    private ConsumerRecords<byte[], byte[]> ready(Collection<TopicPartition> paused) {
        Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> records = new LinkedHashMap<>();
        Map<TopicPartition, OffsetAndMetadata> next = new HashMap<>();
        partitions.forEach((name, held) -> {
            if (paused.contains(name)) {
                return;
            }
            List<HeldRecord> delivered = ahead.deliver(held);
            if (!delivered.isEmpty()) {
                records.put(name, delivered.stream().map(HeldRecord::release).toList());
            }
            OffsetAndMetadata position = ahead.position(held);
            if (position != null) {
                next.put(name, position);
            }
        });
        return new ConsumerRecords<>(records, next);
    }
}
