package io.logitstream.teacher.online;

import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.VocabularyHeader;
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
 * Transactional producer of emitted logits. The transactional id is derived from the topic, so that only the producer
 * that was started last can write to it. Not thread-safe.
 */
final class EmittedLogitsProducer implements AutoCloseable {
    /** Duration of the steps in one transaction. Students wait for the commit, and a commit stalls the training. */
    private static final long COMMIT_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

    private final String topic;
    private final KafkaProducer<String, byte[]> producer;
    private final String vocabulary;
    private boolean open;
    private long lastCommit = System.nanoTime();

    /**
     * Opens the producer, fences earlier producers of this topic and aborts their open transaction.
     *
     * @param vocabulary identity of ids and merges of the tokenizer
     */
    EmittedLogitsProducer(KafkaSettings kafka, String topic, int maxRecordBytes, String vocabulary) {
        this.topic = topic;
        this.vocabulary = vocabulary;
        Properties properties = kafka.producer(maxRecordBytes);
        properties.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, "logitstream-pretrain-" + topic);
        properties.putIfAbsent(ProducerConfig.COMPRESSION_TYPE_CONFIG, "zstd");
        producer = new KafkaProducer<>(properties, new StringSerializer(), new ByteArraySerializer());
        try {
            producer.initTransactions();
        } catch (KafkaException e) {
            producer.close(CLOSE_TIMEOUT);
            throw failed(e);
        }
    }

    /** Sends a record in the open transaction, or in a new one. */
    @SuppressWarnings("FutureReturnValueIgnored") // commitTransaction throws the errors of earlier sends.
    void send(int partition, String key, byte[] value) {
        try {
            if (!open) {
                producer.beginTransaction();
                open = true;
            }
            ProducerRecord<String, byte[]> record = new ProducerRecord<>(topic, partition, key, value);
            VocabularyHeader.write(record.headers(), vocabulary);
            producer.send(record);
        } catch (KafkaException e) {
            throw failed(e);
        }
    }

    /** Commits if the last commit is at least 200 ms ago. */
    void commitIfDue() {
        if (System.nanoTime() - lastCommit >= COMMIT_NANOS) {
            commit();
        }
    }

    /** Commits the open transaction, if there is one. */
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
                        "topic " + topic + ": another training writes its logits there now, or this one"
                                + " stalled for longer than producer.transaction.timeout.ms; start it again to continue",
                        e);
            }
        }
        return new LogitstreamException(
                "topic " + topic + ": logits cannot be written: " + FailureText.of(e)
                        + "; start the training again to continue",
                e);
    }

    /** Closes the producer. An open transaction is aborted by the next producer, or when it times out. */
    @Override
    public void close() {
        producer.close(CLOSE_TIMEOUT);
    }
}
