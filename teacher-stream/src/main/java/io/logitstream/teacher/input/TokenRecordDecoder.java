package io.logitstream.teacher.input;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.UsageException;
import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.schemas.registry.AvroDeserializer;
import io.logitstream.schemas.registry.TokenBatchPrefix;
import io.logitstream.schemas.registry.UnresolvedSchemaException;
import io.logitstream.teacher.model.StreamTeacher;
import io.logitstream.teacher.model.UnusableBatchException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import org.apache.kafka.common.errors.SerializationException;

/**
 * Decodes and checks records of the tokens topic. A fault that is certainly the record's own is an
 * {@link UnusableBatchException}, which makes it a dead letter. A fault that may be the registry's or the configuration's
 * stops the stream, because dead letters count as processed. Not thread-safe.
 */
public final class TokenRecordDecoder {
    private static final int SHOWN_OF_KEY = 60;

    private final AvroDeserializer<TokenBatch> reader;
    private final ConfirmedSetup confirmed;

    /**
     * @param registry schema registry, closed by its owner
     * @param confirmed shared by all decoders of the stream
     */
    public TokenRecordDecoder(SchemaRegistryClient registry, ConfirmedSetup confirmed) {
        this.reader = new AvroDeserializer<>(registry, TokenBatch.class);
        this.confirmed = confirmed;
    }

    /**
     * Decodes a record's value.
     *
     * @param address address of the record, for messages
     * @param topic topic of the record
     * @param key its key, may be null
     * @param value its value, may be null
     * @throws UnusableBatchException when the record itself is faulty
     * @throws LogitstreamException when the registry may be the cause
     * @throws UsageException when its documents are not read as the configuration asks for
     */
    public TokenBatch decode(String address, String topic, byte[] key, byte[] value) {
        TokenBatch batch;
        try {
            batch = reader.deserialize(topic, value);
        } catch (UnresolvedSchemaException e) {
            if (!confirmed.isRegistryConfirmed() || isSoundBatch(e, key, value)) {
                throw new LogitstreamException(
                        address + ": " + e.getMessage() + " The stream has stopped there and skipped no record;"
                                + " start it again with the right registry (--schema-registry)",
                        e);
            }
            throw unusable(address + ": " + e.getMessage(), e);
        } catch (SerializationException e) {
            throw unusable(address + ": " + e.getMessage(), e);
        }
        if (batch == null) {
            throw unusable(address + ": the record has no value", null);
        }
        confirmed.confirmRegistry();
        try {
            TokenBatches.require(batch);
        } catch (LogitstreamException e) {
            throw new UnusableBatchException(address + ": " + e.getMessage(), e);
        }
        confirmed.requireDocuments(address, batch);
        return batch;
    }

    // If no record fits, the topic is the wrong one, or a tool has changed all of its records.
    private RuntimeException unusable(String message, Throwable cause) {
        if (confirmed.isTopicSuspect()) {
            return new UsageException(
                    message + "; nothing was taught, since none of the topic's last records is a batch under its"
                            + " key; check that this is the tokens topic (topics.tokens) and that no tool has changed its"
                            + " records");
        }
        return new UnusableBatchException(message, cause);
    }

    // A registry that was restored from an old backup lacks the latest schemas, or has other schemas under their ids.
    // The old records of the topic resolve then. The new ones are sound although they do not.
    private boolean isSoundBatch(UnresolvedSchemaException unresolved, byte[] key, byte[] value) {
        Optional<BatchKey> named = BatchKey.tryParse(key);
        if (named.isEmpty()) {
            return false;
        }
        if (!unresolved.isKnown()) {
            return TokenBatchPrefix.names(value, named.get());
        }
        return reader.readAsCurrent(value)
                .filter(TokenRecordDecoder::isSound)
                .map(batch -> BatchKey.of(batch).equals(named.get()))
                .orElse(false);
    }

    private static boolean isSound(TokenBatch batch) {
        try {
            TokenBatches.require(batch);
            return true;
        } catch (LogitstreamException e) {
            return false;
        }
    }

    /**
     * Requires that a batch or end marker was encoded with the teacher's tokenizer.
     *
     * @throws UsageException for another tokenizer, as long as no record of the topic has confirmed the teacher's
     * @throws UnusableBatchException for another tokenizer later
     */
    public void requireTokenizer(String address, TokenBatch batch, StreamTeacher teacher) {
        if (teacher.hasTokenizerOf(batch)) {
            confirmed.confirmTokenizer();
            return;
        }
        String message =
                address + ": batch " + BatchKey.of(batch) + " was made with tokenizer " + batch.getTokenizerHash()
                        + " of vocabulary " + batch.getVocabularySize() + ", but the teacher "
                        + teacher.identity().getId()
                        + " has tokenizer " + teacher.tokenizerHash() + " of vocabulary " + teacher.vocabularySize();
        if (!confirmed.isTokenizerConfirmed()) {
            throw new UsageException(
                    message + "; nothing was taught: start with the teacher that has the topic's tokenizer, or"
                            + " publish the corpus for this teacher to another topic (topics.tokens)");
        }
        throw new UnusableBatchException(message);
    }

    /**
     * Requires that a record's key names its batch. Readers address, order and count batches by their keys.
     *
     * @throws UsageException for another key, if the topic is probably not a tokens topic
     * @throws UnusableBatchException for another key otherwise
     */
    public void requireKey(String address, TokenBatch batch, byte[] key) {
        String expected = BatchKey.of(batch).toString();
        if (key == null) {
            throw unusable(address + ": the record has no key; the key of its batch is " + expected, null);
        }
        if (!Arrays.equals(key, expected.getBytes(StandardCharsets.UTF_8))) {
            throw unusable(
                    address + ": the key '" + shown(key) + "' does not name the batch in the record, " + expected,
                    null);
        }
        confirmed.confirmTopic();
    }

    private static String shown(byte[] key) {
        // Only the first characters of a long key are decoded.
        String text = new String(key, 0, Math.min(key.length, 4 * SHOWN_OF_KEY), StandardCharsets.UTF_8)
                .replaceAll("\\p{Cntrl}", "?");
        return text.length() <= SHOWN_OF_KEY && key.length <= 4 * SHOWN_OF_KEY
                ? text
                : text.substring(0, Math.min(text.length(), SHOWN_OF_KEY)) + "...";
    }
}
