package io.logitstream.teacher.lookahead;

import io.logitstream.schemas.TokenBatch;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.streams.KafkaClientSupplier;

/** Kafka clients of a stream that scores batches ahead: Kafka's own, except for the consumers of the tokens topic. */
public final class LookAheadClients implements KafkaClientSupplier {
    private final LookAhead ahead;
    private final Supplier<Function<ConsumerRecord<byte[], byte[]>, TokenBatch>> decoders;
    private final Function<Map<String, Object>, Producer<byte[], byte[]>> producers;

    /**
     * @param ahead scores the batches
     * @param decoders makes a decoder for each consumer, which returns null or throws for a record that is not to be
     *     scored
     * @param producers makes the producers of the logits topic
     */
    public LookAheadClients(
            LookAhead ahead,
            Supplier<Function<ConsumerRecord<byte[], byte[]>, TokenBatch>> decoders,
            Function<Map<String, Object>, Producer<byte[], byte[]>> producers) {
        this.ahead = ahead;
        this.decoders = decoders;
        this.producers = producers;
    }

    @Override
    public Consumer<byte[], byte[]> getConsumer(Map<String, Object> config) {
        return new ReadyRecordsConsumer(config, new RecordGate(ahead, decoders.get()));
    }

    @Override
    public Admin getAdmin(Map<String, Object> config) {
        return Admin.create(config);
    }

    @Override
    public Producer<byte[], byte[]> getProducer(Map<String, Object> config) {
        return producers.apply(config);
    }

    @Override
    public Consumer<byte[], byte[]> getRestoreConsumer(Map<String, Object> config) {
        return consumer(config);
    }

    @Override
    public Consumer<byte[], byte[]> getGlobalConsumer(Map<String, Object> config) {
        return consumer(config);
    }

    private static Consumer<byte[], byte[]> consumer(Map<String, Object> config) {
        return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }
}
