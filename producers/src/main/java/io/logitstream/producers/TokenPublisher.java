package io.logitstream.producers;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.producers.batches.PipeEndCheck;
import io.logitstream.producers.batches.TokenBatchSource;
import io.logitstream.producers.corpus.CorpusReader;
import io.logitstream.producers.corpus.source.CorpusConfig;
import io.logitstream.producers.topic.HangingTransactions;
import io.logitstream.producers.topic.LastStableOffsets;
import io.logitstream.producers.topic.PublishedCorpus;
import io.logitstream.producers.topic.PublishedCorpusReader;
import io.logitstream.producers.topic.TokenProducerFactory;
import io.logitstream.schemas.EndOfCorpus;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.RegistryClients;
import io.logitstream.schemas.kafka.TopicAdmin;
import java.io.IOException;
import java.time.Duration;
import java.util.Properties;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes a corpus to a tokens topic, each batch once: transactions end on batches, and a publisher that
 * finds a part of its corpus in the topic continues after it. Of one corpus and topic only the publisher that
 * was started last goes on. One instance publishes once.
 */
public final class TokenPublisher implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TokenPublisher.class);
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(10);

    private final KafkaSettings kafka;
    private final String topic;
    private final CorpusConfig config;
    private final Tokenizer tokenizer;
    private final PublishListener listener;
    private final Duration patience;
    private volatile boolean stopped;
    private boolean interrupted;

    /**
     * @param topic a topic that exists, see {@link TopicAdmin#ensure}
     * @param tokenizer stays open; its owner closes it after publishing has ended
     * @param listener hears of progress
     */
    public TokenPublisher(
            KafkaSettings kafka, String topic, CorpusConfig config, Tokenizer tokenizer, PublishListener listener) {
        this(kafka, topic, config, tokenizer, listener, LastStableOffsets.PATIENCE);
    }

    /**
     * As the other.
     *
     * @param patience how long a transaction of another producer in the topic is waited for, before publishing fails, or
     *     ends it where it is left over from a producer that is gone
     */
    public TokenPublisher(
            KafkaSettings kafka,
            String topic,
            CorpusConfig config,
            Tokenizer tokenizer,
            PublishListener listener,
            Duration patience) {
        this.kafka = kafka;
        this.topic = topic;
        this.config = config;
        this.tokenizer = tokenizer;
        this.listener = listener;
        this.patience = patience;
    }

    /**
     * Publishes until the corpus is complete, or until {@link #close} or an interrupt, which take back what is
     * not committed. A corpus that is complete already is left as it is.
     *
     * @throws UsageException if there is no such corpus, nothing in it is text, or a batch is too large for the
     *     topic
     * @throws LogitstreamException if the topic holds another corpus under this name, another publisher has
     *     taken over, or the broker or the registry fails
     */
    public PublishResult publish() {
        tokenizer.endOfText();
        tokenizer.requireEndOfTextApart();
        try (Admin admin = Admin.create(kafka.admin());
                SchemaRegistryClient registry = RegistryClients.create(kafka)) {
            return publish(admin, registry);
        } catch (InterruptException e) {
            throw new LogitstreamException("interrupted while publishing corpus " + config.name(), e);
        } catch (KafkaException | IOException e) {
            throw new LogitstreamException(
                    "topic " + topic + ": corpus " + config.name() + " cannot be published: " + FailureText.of(e), e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Asks {@link #publish} to end soon. Returns at once. */
    @Override
    public void close() {
        stopped = true;
    }

    /** Publishes, and begins again behind what is in the topic when this process stood still for too long. */
    private PublishResult publish(Admin admin, SchemaRegistryClient registry) {
        while (true) {
            try (CorpusReader reader = new CorpusReader(config)) {
                return publish(reader, admin, registry);
            } catch (LostTransactionException e) {
                if (stopped
                        || !new HangingTransactions(admin, TokenProducerFactory.transactionalId(topic, config.name()))
                                .timedOut()) {
                    throw e;
                }
                requireReadableAgain(e);
                LOG.warn(
                        "topic {}: publishing corpus {} stood still for longer than producer.transaction.timeout.ms; what was not"
                                + " committed is taken back, and publishing continues after what is in the topic",
                        topic,
                        config.name());
            }
        }
    }

    private void requireReadableAgain(LostTransactionException e) {
        if (CorpusReader.isReadOnce(config)) {
            throw new LogitstreamException(
                    "topic " + topic + ": publishing corpus " + config.name() + " stood still for longer"
                            + " than producer.transaction.timeout.ms, and " + config.source()
                            + " cannot be read again; start again with the"
                            + " same text, and publishing continues after what is in the topic",
                    e);
        }
    }

    private PublishResult publish(CorpusReader reader, Admin admin, SchemaRegistryClient registry) {
        int maxRecordBytes = TopicAdmin.maxRecordBytes(admin, topic);
        Properties properties = TokenProducerFactory.properties(kafka, topic, config, maxRecordBytes);
        Producer<String, TokenBatch> producer = TokenProducerFactory.open(properties, kafka, registry);
        try {
            int partitions = producer.partitionsFor(topic).size();
            TokenWriter writer = new TokenWriter(
                    producer, topic, partitions, config.name(), tokenizer.hash(), tokenizer.vocabularySize());
            writer.takeOver();
            PublishedCorpus published = new PublishedCorpusReader(kafka, topic, partitions, maxRecordBytes)
                    .read(admin, registry, config.name(), patience);
            return continueAfter(published, writer, reader);
        } finally {
            // All is committed or taken back; a broker that is gone is not waited for.
            producer.close(CLOSE_PATIENCE);
        }
    }

    private PublishResult continueAfter(PublishedCorpus published, TokenWriter writer, CorpusReader reader) {
        if (published.end() != null) {
            ResumeCheck.requireTokenizer(topic, published.end(), tokenizer);
            EndOfCorpus end = published.endOfCorpus();
            listener.committed(end.getBatches(), end.getPredictedTokens(), 1);
            return new PublishResult(
                    config.name(), end.getBatches(), end.getPredictedTokens(), 0, true, reader.report(), null);
        }
        if (published.last() != null) {
            ResumeCheck.requireTokenizer(topic, published.last(), tokenizer);
        }
        ResumeCheck resume = new ResumeCheck(topic, config, published, writer);
        TokenBatchSource source = new TokenBatchSource(config, reader, tokenizer, resume.start());
        PublishLoop loop = new PublishLoop(
                source,
                writer,
                resume,
                published.position(),
                listener,
                () -> CorpusReader.isWithdrawn(config),
                CorpusReader.isReadOnce(config) ? new PipeEndCheck(config.rows(), config.contextLength()) : null);
        boolean complete = false;
        try {
            complete = loop.run(() -> stopped);
        } catch (InterruptedException e) {
            // Set again once the clients are closed, which an interrupt would keep from ending well.
            interrupted = true;
        }
        return new PublishResult(
                config.name(),
                loop.batches(),
                loop.predictedTokens(),
                loop.newBatches(),
                complete,
                source.report(),
                source.leftOut());
    }
}
