package io.logitstream.producers;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.producers.batches.PipeEndCheck;
import io.logitstream.producers.corpus.CorpusReader;
import io.logitstream.producers.corpus.CorpusReport;
import io.logitstream.producers.corpus.source.CorpusConfig;
import io.logitstream.producers.topic.HangingTransactions;
import io.logitstream.producers.topic.LastStableOffsets;
import io.logitstream.producers.topic.MixtureHeader;
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
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes a corpus to a tokens topic, each batch exactly once: batches are written in transactions, and a publisher
 * that finds a part of its corpus in the topic continues after it. A publisher fences earlier ones of the same corpus
 * and topic. {@link #publish} can be called once.
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
    private final CorpusAhead ahead;
    private volatile boolean stopped;
    private boolean interrupted;

    /**
     * @param kafka cluster and schema registry
     * @param topic tokens topic, which must exist, see {@link TopicAdmin#ensure}
     * @param config corpus
     * @param tokenizer tokenizer of the topic; closed by its owner after publishing has ended
     * @param listener receives the progress
     */
    public TokenPublisher(
            KafkaSettings kafka, String topic, CorpusConfig config, Tokenizer tokenizer, PublishListener listener) {
        this(kafka, topic, config, tokenizer, listener, CorpusAhead.none());
    }

    /**
     * Creates a publisher of a corpus that may be open or read already.
     *
     * @param ahead the same corpus; discarded if the topic holds a part of it
     */
    public TokenPublisher(
            KafkaSettings kafka,
            String topic,
            CorpusConfig config,
            Tokenizer tokenizer,
            PublishListener listener,
            CorpusAhead ahead) {
        this(kafka, topic, config, tokenizer, listener, ahead, LastStableOffsets.PATIENCE);
    }

    /**
     * Creates a publisher with another patience.
     *
     * @param patience longest wait for an open transaction of another producer in the topic; after that publishing
     *     fails, or aborts the transaction if its producer is gone
     */
    public TokenPublisher(
            KafkaSettings kafka,
            String topic,
            CorpusConfig config,
            Tokenizer tokenizer,
            PublishListener listener,
            Duration patience) {
        this(kafka, topic, config, tokenizer, listener, CorpusAhead.none(), patience);
    }

    private TokenPublisher(
            KafkaSettings kafka,
            String topic,
            CorpusConfig config,
            Tokenizer tokenizer,
            PublishListener listener,
            CorpusAhead ahead,
            Duration patience) {
        this.kafka = kafka;
        this.topic = topic;
        this.config = config;
        this.tokenizer = tokenizer;
        this.listener = listener;
        this.ahead = ahead;
        this.patience = patience;
    }

    /**
     * Publishes until the corpus is complete, or until {@link #close} or an interrupt, which abort the open
     * transaction. Does nothing if the corpus is complete in the topic.
     *
     * @return counts of the run
     * @throws UsageException when the corpus does not exist or has no text, or a batch is too large for the topic
     * @throws LogitstreamException when the topic has another corpus of this name, another publisher has taken over, or
     *     the broker or the registry fails
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

    /** Requests {@link #publish} to stop. Returns at once; any thread may call it. */
    @Override
    public void close() {
        stopped = true;
    }

    /**
     * Publishes, and continues after the topic's last batch when the transaction timed out because this process
     * stalled.
     */
    private PublishResult publish(Admin admin, SchemaRegistryClient registry) {
        while (true) {
            try (CorpusReaders readers = open()) {
                return publish(readers, admin, registry);
            } catch (LostTransactionException e) {
                if (stopped
                        || !new HangingTransactions(admin, TokenProducerFactory.transactionalId(topic, config.name()))
                                .timedOut()) {
                    throw e;
                }
                requireReadableAgain(e);
                LOG.warn(
                        "topic {}: publishing corpus {} stalled for longer than producer.transaction.timeout.ms; the open"
                                + " transaction was aborted, and publishing continues after the last batch in the topic",
                        topic,
                        config.name());
            }
        }
    }

    private CorpusReaders open() {
        CorpusReaders opened = ahead.take();
        return opened != null ? opened : new CorpusReaders(config, tokenizer);
    }

    private void requireReadableAgain(LostTransactionException e) {
        if (CorpusReader.isReadOnce(config)) {
            throw new LogitstreamException(
                    "topic " + topic + ": publishing corpus " + config.name() + " stalled for longer"
                            + " than producer.transaction.timeout.ms, and " + config.source()
                            + " cannot be read again; start again with the"
                            + " same text to continue after the last batch in the topic",
                    e);
        }
    }

    private PublishResult publish(CorpusReaders readers, Admin admin, SchemaRegistryClient registry) {
        int maxRecordBytes = TopicAdmin.maxRecordBytes(admin, topic);
        Properties properties = TokenProducerFactory.properties(kafka, topic, config, maxRecordBytes);
        Producer<String, TokenBatch> producer = TokenProducerFactory.open(properties, kafka, registry);
        try {
            int partitions = producer.partitionsFor(topic).size();
            TokenWriter writer = new TokenWriter(
                    producer,
                    topic,
                    partitions,
                    config.name(),
                    tokenizer.identity(),
                    documentEnd(),
                    MixtureHeader.of(config));
            writer.takeOver();
            PublishedCorpusReader reader = new PublishedCorpusReader(kafka, topic, partitions, maxRecordBytes);
            Map<String, PublishedCorpus> published = reader.read(
                    admin,
                    registry,
                    readers.sources().stream().map(CorpusConfig::name).toList(),
                    TokenProducerFactory.transactionalId(topic, config.name()),
                    documentEnd(),
                    patience);
            return continueAfter(published, writer, readers);
        } finally {
            // No transaction is open here; the time-out avoids a long wait for an unreachable broker.
            producer.close(CLOSE_PATIENCE);
        }
    }

    private Integer documentEnd() {
        return config.isIsolated() ? tokenizer.endOfText() : null;
    }

    private PublishResult continueAfter(
            Map<String, PublishedCorpus> published, TokenWriter writer, CorpusReaders readers) {
        ResumeCheck.requireMixture(topic, config, published);
        published.values().stream().filter(source -> !source.isEmpty()).forEach(source -> {
            ResumeCheck.requireTokenizer(topic, source.lastRecord(), source.vocabulary(), tokenizer);
            ResumeCheck.requireDocuments(topic, source.lastRecord(), documentEnd());
            writer.continueWith(source.lastRecord().getTokenizerHash());
        });
        if (published.values().stream().allMatch(source -> source.end() != null)) {
            return complete(published, readers);
        }
        Map<String, PublishedSource> sources = new LinkedHashMap<>();
        readers.sources().forEach(source -> {
            PublishedCorpus before = published.get(source.name());
            ResumeCheck resume = new ResumeCheck(topic, source, before, writer);
            sources.put(source.name(), new PublishedSource(source.name(), resume, before.position()));
        });
        PublishLoop loop = new PublishLoop(
                readers.batches(sources),
                writer,
                sources,
                listener,
                () -> CorpusReader.isWithdrawn(config),
                CorpusReader.isReadOnce(config) ? new PipeEndCheck(config.rows(), config.contextLength()) : null,
                System::nanoTime);
        boolean complete = false;
        try {
            complete = loop.run(() -> stopped);
        } catch (InterruptedException e) {
            // publish() restores the interrupt after the clients are closed: closing fails on an interrupted thread.
            interrupted = true;
        } finally {
            readers.endReading();
        }
        return readers.result(sources, complete);
    }

    private PublishResult complete(Map<String, PublishedCorpus> published, CorpusReaders readers) {
        readers.endReading();
        List<PublishResult> results = new ArrayList<>();
        published.forEach((name, source) -> {
            EndOfCorpus end = source.endOfCorpus();
            results.add(new PublishResult(
                    name, end.getBatches(), end.getPredictedTokens(), 0, true, CorpusReport.EMPTY, null));
        });
        PublishResult result =
                config.mixture() == null ? results.get(0) : PublishResult.ofMixture(config.name(), results);
        listener.committed(result.batches(), result.predictedTokens(), 1);
        return result;
    }
}
