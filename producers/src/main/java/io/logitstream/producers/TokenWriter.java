package io.logitstream.producers;

import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.model.tokenizer.TokenizerIdentity;
import io.logitstream.producers.batches.CorpusBatch;
import io.logitstream.producers.topic.BatchPartitioner;
import io.logitstream.producers.topic.MixtureHeader;
import io.logitstream.producers.topic.TokenProducerFactory;
import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.schemas.kafka.VocabularyHeader;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.InvalidPidMappingException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.InvalidTxnStateException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TransactionAbortableException;
import org.apache.kafka.common.errors.TransactionalIdAuthorizationException;
import org.apache.kafka.common.errors.UnknownProducerIdException;

/** Writes batches and end markers in transactions. {@link BatchPartitioner} chooses the partition of a batch. */
final class TokenWriter {
    private final Producer<String, TokenBatch> producer;
    private final String topic;
    private final int partitions;
    private final String corpus;
    private final String vocabulary;
    private final int vocabularySize;
    private final Integer documentEnd;
    private final MixtureHeader mixture;
    private String tokenizerHash;
    private boolean open;

    /**
     * @param corpus name of the corpus, for messages
     * @param documentEnd token that ends isolated documents; null if joined
     * @param mixture header of a mixture's records; null for none
     */
    TokenWriter(
            Producer<String, TokenBatch> producer,
            String topic,
            int partitions,
            String corpus,
            TokenizerIdentity tokenizer,
            Integer documentEnd,
            MixtureHeader mixture) {
        this.producer = producer;
        this.topic = topic;
        this.partitions = partitions;
        this.corpus = corpus;
        this.tokenizerHash = tokenizer.hash();
        this.vocabulary = tokenizer.vocabulary();
        this.vocabularySize = tokenizer.size();
        this.documentEnd = documentEnd;
        this.mixture = mixture;
    }

    /**
     * Continues a corpus that was published with another tokenizer.json of the same ids: all of its records name the same
     * file.
     *
     * @param hash SHA-256 of that file
     */
    void continueWith(String hash) {
        tokenizerHash = hash;
    }

    /** Fences an earlier producer of the same corpus and topic, and aborts its open transaction. */
    void takeOver() {
        translate(producer::initTransactions);
    }

    /** Sends a batch in the open transaction, or in a new one. */
    void write(CorpusBatch batch) {
        int partition = BatchPartitioner.partition(batch.number(), partitions);
        String key = new BatchKey(batch.corpus(), batch.shard(), batch.batch()).toString();
        ProducerRecord<String, TokenBatch> record = new ProducerRecord<>(topic, partition, key, recordOf(batch));
        batch.position().writeTo(record.headers());
        send(record);
    }

    /** Sends the end-of-corpus marker of a source to each partition. */
    void end(String source, long batches, long predictedTokens) {
        for (int partition = 0; partition < partitions; partition++) {
            send(new ProducerRecord<>(
                    topic,
                    partition,
                    BatchKey.endOf(source).toString(),
                    TokenBatches.endMarker(
                            source, tokenizerHash, vocabularySize, batches, predictedTokens, documentEnd)));
        }
    }

    /** Commits the open transaction, if any. */
    void commit() {
        if (open) {
            translate(producer::commitTransaction);
            open = false;
        }
    }

    /**
     * Aborts the open transaction, if any. If that fails, the broker or the next producer aborts it.
     */
    void abort() {
        if (open) {
            open = false;
            try {
                producer.abortTransaction();
            } catch (KafkaException | IllegalStateException e) {
                // This producer was fenced or has failed, and no longer owns the transaction.
            }
        }
    }

    /** Whether a transaction is open. */
    boolean isOpen() {
        return open;
    }

    /** Converts a batch to a record's value. */
    TokenBatch recordOf(CorpusBatch batch) {
        return new TokenBatch(
                batch.corpus(),
                batch.shard(),
                batch.batch(),
                batch.rows(),
                batch.length(),
                TokenBatches.bytes(batch.tokens()),
                tokenizerHash,
                vocabularySize,
                null,
                documentEnd);
    }

    @SuppressWarnings("FutureReturnValueIgnored") // The commit throws what a send has failed with.
    private void send(ProducerRecord<String, TokenBatch> record) {
        VocabularyHeader.write(record.headers(), vocabulary);
        if (mixture != null) {
            mixture.writeTo(record.headers());
        }
        translate(() -> {
            if (!open) {
                producer.beginTransaction();
                open = true;
            }
            producer.send(record);
        });
    }

    private void translate(Runnable action) {
        try {
            action.run();
        } catch (InterruptException e) {
            throw e;
        } catch (KafkaException e) {
            Throwable root = e;
            while (root.getCause() != null) {
                root = root.getCause();
            }
            if (root instanceof ProducerFencedException
                    || root instanceof InvalidProducerEpochException
                    || root instanceof InvalidTxnStateException
                    || root instanceof InvalidPidMappingException
                    || root instanceof UnknownProducerIdException
                    || root instanceof TransactionAbortableException) {
                throw new LostTransactionException(
                        "topic " + topic + ": another process has begun to publish corpus " + corpus
                                + "; let only one of them run",
                        e);
            }
            if (root instanceof TimeoutException && open) {
                throw new LostTransactionException(
                        "topic " + topic + ": corpus " + corpus + " cannot be published: " + root.getMessage(), e);
            }
            if (root instanceof TransactionalIdAuthorizationException) {
                throw new LogitstreamException(
                        "topic " + topic + ": corpus " + corpus + " cannot be published: not authorized for"
                                + " transactional id " + TokenProducerFactory.transactionalId(topic, corpus)
                                + " (Write)",
                        e);
            }
            throw new LogitstreamException(
                    "topic " + topic + ": corpus " + corpus + " cannot be published: " + FailureText.of(root), e);
        }
    }
}
