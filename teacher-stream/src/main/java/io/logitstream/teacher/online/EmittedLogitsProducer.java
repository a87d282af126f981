package io.logitstream.teacher.online;

import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.kafka.KafkaSettings;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Writes to a logits topic in transactions. Its transactional id is made from the topic, so that of two writers only
 * the one that was started last can write. For one thread.
 */
final class EmittedLogitsProducer implements AutoCloseable {
    /** A transaction spans as many steps as take this long: students wait for it, and so does the training. */
    private static final long COMMIT_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final String topic;
    private final KafkaProducer<String, byte[]> producer;
    private boolean open;
    private long lastCommit = System.nanoTime();

    /** Shuts out the writers before, and takes back what they have not committed. */
    EmittedLogitsProducer(KafkaSettings kafka, String topic, int maxRecordBytes) {
        this.topic = topic;
        Properties properties = kafka.producer(maxRecordBytes);
        properties.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, "logitstream-pretrain-" + topic);
        properties.putIfAbsent(ProducerConfig.COMPRESSION_TYPE_CONFIG, "zstd");
        producer = new KafkaProducer<>(properties, new StringSerializer(), new ByteArraySerializer());
        try {
            producer.initTransactions();
        } catch (KafkaException e) {
            producer.close(PATIENCE);
            throw failed(e);
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // The commit throws what a send has failed with.
    void send(int partition, String key, byte[] value) {
        try {
            if (!open) {
                producer.beginTransaction();
                open = true;
            }
            producer.send(new ProducerRecord<>(topic, partition, key, value));
        } catch (KafkaException e) {
            throw failed(e);
        }
    }

    /** Commits when the last time is long enough ago. */
    void commitSometimes() {
        if (System.nanoTime() - lastCommit >= COMMIT_NANOS) {
            commit();
        }
    }

    void commit() {
        if (open) {
            try {
                producer.commitTransaction();
            } catch (KafkaException e) {
                throw failed(e);
            }
            open = false;
            lastCommit = System.nanoTime();
        }
    }

    private LogitstreamException failed(KafkaException e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof ProducerFencedException || cause instanceof InvalidProducerEpochException) {
                return new LogitstreamException(
                        "topic " + topic + ": another training writes its logits there now, or this one has"
                                + " stood still for longer than producer.transaction.timeout.ms; started again, it continues",
                        e);
            }
        }
        return new LogitstreamException(
                "topic " + topic + ": logits cannot be written: " + FailureText.of(e)
                        + "; started again, the training continues",
                e);
    }

    /** What is not committed is taken back by the next writer, or when the transaction times out. */
    @Override
    public void close() {
        producer.close(PATIENCE);
    }
}
