package io.logitstream.teacher.stream;

import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A producer of the stream that tells a {@link CommitPolicy} how long its commits take. */
final class MeasuredProducer extends KafkaProducer<byte[], byte[]> {
    private final CommitPolicy commits;
    private long offsetsNanos;

    /**
     * @param commits the policy; null for none
     */
    MeasuredProducer(Map<String, Object> config, CommitPolicy commits) {
        super(config, new ByteArraySerializer(), new ByteArraySerializer());
        this.commits = commits;
    }

    @Override
    public void sendOffsetsToTransaction(
            Map<TopicPartition, OffsetAndMetadata> offsets, ConsumerGroupMetadata groupMetadata) {
        long start = System.nanoTime();
        super.sendOffsetsToTransaction(offsets, groupMetadata);
        offsetsNanos = System.nanoTime() - start;
    }

    @Override
    public void commitTransaction() {
        long start = System.nanoTime();
        super.commitTransaction();
        if (commits != null) {
            commits.committed(offsetsNanos + System.nanoTime() - start);
        }
        offsetsNanos = 0;
    }
}
