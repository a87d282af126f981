package io.logitstream.teacher.stream;

import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A producer of the stream that tells a {@link CommitPolicy} how long its commits take. */
final class MeasuredProducer extends KafkaProducer<byte[], byte[]> {
    private final CommitPolicy commits;

    private MeasuredProducer(Map<String, Object> config, CommitPolicy commits) {
        super(config, new ByteArraySerializer(), new ByteArraySerializer());
        this.commits = commits;
    }

    /**
     * Creates a producer.
     *
     * @param commits the policy; null for a producer that is not measured
     */
    static Producer<byte[], byte[]> create(Map<String, Object> config, CommitPolicy commits) {
        return commits == null
                ? new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())
                : new MeasuredProducer(config, commits);
    }

    // Kafka Streams flushes the records of a transaction before it commits, and nowhere else.
    @Override
    public void flush() {
        commits.measure(super::flush);
    }

    @Override
    public void sendOffsetsToTransaction(
            Map<TopicPartition, OffsetAndMetadata> offsets, ConsumerGroupMetadata groupMetadata) {
        commits.measure(() -> super.sendOffsetsToTransaction(offsets, groupMetadata));
    }

    @Override
    public void commitTransaction() {
        commits.measure(super::commitTransaction);
        commits.committed();
    }
}
