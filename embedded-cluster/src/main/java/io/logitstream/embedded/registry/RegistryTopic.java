package io.logitstream.embedded.registry;

import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * The compacted topic with one partition in which the registry stores its schemas. Only one registry may write to it.
 */
final class RegistryTopic implements AutoCloseable {

    static final String NAME = "_schemas";

    private static final TopicPartition PARTITION = new TopicPartition(NAME, 0);
    private static final int MAX_RECORD_BYTES = 8 * 1024 * 1024;
    private static final int TIMEOUT_MS = 10_000;

    private final String bootstrapServers;
    private KafkaProducer<byte[], byte[]> producer;

    /**
     * Creates the topic if it is missing.
     *
     * @throws LogitstreamException if the broker does not do so within 10 s
     */
    RegistryTopic(String bootstrapServers) {
        this.bootstrapServers = bootstrapServers;
        try (Admin admin = Admin.create(Map.of(
                "bootstrap.servers",
                bootstrapServers,
                "default.api.timeout.ms",
                TIMEOUT_MS,
                "request.timeout.ms",
                TIMEOUT_MS))) {
            // The cluster's default number of replicas, so that schemas survive the loss of a broker.
            NewTopic topic = new NewTopic(NAME, Optional.of(1), Optional.empty())
                    .configs(Map.of(
                            "cleanup.policy", "compact", "max.message.bytes", Integer.toString(MAX_RECORD_BYTES)));
            admin.createTopics(List.of(topic)).all().get();
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof TopicExistsException)) {
                throw failed("cannot be created", e.getCause());
            }
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    /**
     * Reads all events from the beginning to the current end of the topic.
     *
     * @throws LogitstreamException if a record was not written by a schema registry; the message names its offset
     */
    void read(Consumer<RegistryEvent> events) {
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers",
                        bootstrapServers,
                        "default.api.timeout.ms",
                        TIMEOUT_MS,
                        "auto.offset.reset",
                        "earliest"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            consumer.assign(List.of(PARTITION));
            consumer.seekToBeginning(List.of(PARTITION));
            long end = consumer.endOffsets(List.of(PARTITION)).get(PARTITION);
            for (long position = consumer.position(PARTITION); position < end; ) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(TIMEOUT_MS))) {
                    events.accept(event(record));
                }
                long next = consumer.position(PARTITION);
                if (next == position) {
                    throw new TimeoutException("nothing after offset " + position + " for " + TIMEOUT_MS + " ms");
                }
                position = next;
            }
        } catch (TimeoutException e) {
            throw failed("cannot be read", e);
        }
    }

    private static RegistryEvent event(ConsumerRecord<byte[], byte[]> record) {
        try {
            return RegistryEventFormat.decode(record.key(), record.value());
        } catch (IOException e) {
            throw failed("offset " + record.offset() + " is not a record that this schema registry can use", e);
        }
    }

    /**
     * Appends an event and waits until it is committed.
     *
     * @throws LogitstreamException if that is not confirmed within 10 s; the event may or may not be in the topic, so
     *     the caller must read the topic again
     */
    void append(RegistryEvent event) {
        RegistryEventFormat.Encoded encoded = RegistryEventFormat.encode(event);
        try {
            if (producer == null) {
                producer = new KafkaProducer<>(
                        Map.of(
                                "bootstrap.servers",
                                bootstrapServers,
                                "acks",
                                "all",
                                "linger.ms",
                                0,
                                "max.request.size",
                                MAX_RECORD_BYTES,
                                "max.block.ms",
                                TIMEOUT_MS,
                                "request.timeout.ms",
                                TIMEOUT_MS / 2,
                                "delivery.timeout.ms",
                                TIMEOUT_MS),
                        new ByteArraySerializer(),
                        new ByteArraySerializer());
            }
            producer.send(new ProducerRecord<>(NAME, 0, encoded.key(), encoded.value()))
                    .get();
        } catch (ExecutionException e) {
            abandonProducer();
            throw failed("cannot be written", e.getCause());
        } catch (InterruptedException e) {
            abandonProducer();
            throw interrupted(e);
        }
    }

    /** Discards the producer, so that it cannot send an abandoned record later. */
    private void abandonProducer() {
        producer.close(Duration.ZERO);
        producer = null;
    }

    private static LogitstreamException failed(String what, Throwable cause) {
        return new LogitstreamException(
                "topic " + NAME + " of the schema registry: " + what + ": " + FailureText.of(cause), cause);
    }

    private static LogitstreamException interrupted(InterruptedException cause) {
        Thread.currentThread().interrupt();
        return failed("interrupted", cause);
    }

    @Override
    public void close() {
        if (producer != null) {
            producer.close(Duration.ofSeconds(1));
            producer = null;
        }
    }
}
