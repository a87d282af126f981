package io.logitstream.teacher.lookahead;

import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * A consumer of the stream that gives a record only when its batch is scored. While records are held back, polls return
 * without them: the stream stays in its group, commits, and takes part in rebalances, however long a batch takes.
 */
final class ReadyRecordsConsumer extends KafkaConsumer<byte[], byte[]> {
    private final RecordGate gate;
    /** Partitions that the stream has paused; the consumer may have paused more. */
    private final Set<TopicPartition> pausedByStream = new HashSet<>();

    ReadyRecordsConsumer(Map<String, Object> config, RecordGate gate) {
        super(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        this.gate = gate;
    }

    @Override
    public ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
        return gate.poll(timeout, this::read, pausedByStream, this::wantsMore);
    }

    private boolean wantsMore() {
        return !super.paused().containsAll(super.assignment());
    }

    private ConsumerRecords<byte[], byte[]> read(Duration timeout) {
        Set<TopicPartition> wanted = gate.full();
        wanted.addAll(pausedByStream);
        wanted.retainAll(super.assignment());
        Set<TopicPartition> paused = super.paused();
        super.resume(paused.stream().filter(each -> !wanted.contains(each)).toList());
        super.pause(wanted.stream().filter(each -> !paused.contains(each)).toList());
        return super.poll(timeout);
    }

    @Override
    public void pause(Collection<TopicPartition> partitions) {
        super.pause(partitions);
        pausedByStream.addAll(partitions);
    }

    @Override
    public void resume(Collection<TopicPartition> partitions) {
        super.resume(partitions);
        pausedByStream.removeAll(partitions);
    }

    @Override
    public Set<TopicPartition> paused() {
        return Set.copyOf(pausedByStream);
    }

    @Override
    public long position(TopicPartition partition) {
        Long held = gate.heldOffset(partition);
        return held != null ? held : super.position(partition);
    }

    @Override
    public long position(TopicPartition partition, Duration timeout) {
        Long held = gate.heldOffset(partition);
        return held != null ? held : super.position(partition, timeout);
    }

    @Override
    public void subscribe(Collection<String> topics, ConsumerRebalanceListener listener) {
        super.subscribe(topics, new DroppingListener(listener));
    }

    @Override
    public void subscribe(Pattern pattern, ConsumerRebalanceListener listener) {
        super.subscribe(pattern, new DroppingListener(listener));
    }

    @Override
    public void unsubscribe() {
        try {
            super.unsubscribe();
        } finally {
            gate.dropAll();
            pausedByStream.clear();
        }
    }

    @Override
    public void seek(TopicPartition partition, long offset) {
        gate.drop(Set.of(partition));
        super.seek(partition, offset);
    }

    @Override
    public void seek(TopicPartition partition, OffsetAndMetadata offset) {
        gate.drop(Set.of(partition));
        super.seek(partition, offset);
    }

    @Override
    public void seekToBeginning(Collection<TopicPartition> partitions) {
        gate.drop(partitions);
        super.seekToBeginning(partitions);
    }

    @Override
    public void seekToEnd(Collection<TopicPartition> partitions) {
        gate.drop(partitions);
        super.seekToEnd(partitions);
    }

    @Override
    public void close(CloseOptions options) {
        gate.dropAll();
        super.close(options);
    }

    @Override
    public void close() {
        gate.dropAll();
        super.close();
    }

    /** Drops the records of partitions that are taken away, after the stream has committed what it has processed. */
    private final class DroppingListener implements ConsumerRebalanceListener {
        private final ConsumerRebalanceListener stream;

        DroppingListener(ConsumerRebalanceListener stream) {
            this.stream = stream;
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            try {
                stream.onPartitionsRevoked(partitions);
            } finally {
                drop(partitions);
            }
        }

        @Override
        public void onPartitionsLost(Collection<TopicPartition> partitions) {
            try {
                stream.onPartitionsLost(partitions);
            } finally {
                drop(partitions);
            }
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            stream.onPartitionsAssigned(partitions);
        }

        private void drop(Collection<TopicPartition> partitions) {
            gate.drop(partitions);
            pausedByStream.removeAll(partitions);
        }
    }
}
