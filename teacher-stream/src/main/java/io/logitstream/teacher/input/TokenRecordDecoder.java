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
import io.logitstream.teacher.model.TeacherModel;
import io.logitstream.teacher.model.UnusableBatchException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import org.apache.kafka.common.errors.SerializationException;

/**
 * Opens records of the tokens topic. What is surely a record's own fault is an {@link UnusableBatchException}, for the
 * dead letters; what may be the fault of the registry or of the configuration stops the stream, since dead letters count
 * as read. Not thread-safe.
 */
public final class TokenRecordDecoder {
    private static final int SHOWN_OF_KEY = 60;

    private final AvroDeserializer<TokenBatch> reader;
    private final ConfirmedSetup proofs;

    /**
     * @param registry shared, closed by its owner
     * @param proofs shared by all intakes of the stream
     */
    public TokenRecordDecoder(SchemaRegistryClient registry, ConfirmedSetup proofs) {
        this.reader = new AvroDeserializer<>(registry, TokenBatch.class);
        this.proofs = proofs;
    }

    /**
     * Decodes a record's value.
     *
     * @param address names the record
     * @throws UnusableBatchException when the record is to blame
     * @throws LogitstreamException when the registry is, or may be
     */
    public TokenBatch decode(String address, String topic, byte[] key, byte[] value) {
        TokenBatch batch;
        try {
            batch = reader.deserialize(topic, value);
        } catch (UnresolvedSchemaException e) {
            if (!proofs.hasRegistry() || isBatchAllTheSame(e, key, value)) {
                throw new LogitstreamException(
                        address + ": " + e.getMessage() + " The stream has stopped there, and no record is"
                                + " skipped; start it again with the right registry (--schema-registry)",
                        e);
            }
            throw unusable(address + ": " + e.getMessage(), e);
        } catch (SerializationException e) {
            throw unusable(address + ": " + e.getMessage(), e);
        }
        if (batch == null) {
            throw unusable(address + ": the record has no value", null);
        }
        proofs.registryFits();
        try {
            return TokenBatches.require(batch);
        } catch (LogitstreamException e) {
            throw new UnusableBatchException(address + ": " + e.getMessage(), e);
        }
    }

    // Where no record fits, the topic is not the one that was meant, or something has happened to all of it.
    private RuntimeException unusable(String message, Throwable cause) {
        if (proofs.isTopicDoubtful()) {
            return new UsageException(
                    message + "; nothing was taught, since none of the topic's last records is a batch under its"
                            + " key: is it the topic that was published to (topics.tokens), and has no tool changed its records?");
        }
        return new UnusableBatchException(message, cause);
    }

    // A registry restored from an old backup lacks the latest schemas, or gives their ids to others: its old records
    // resolve, and its new ones are good nevertheless.
    private boolean isBatchAllTheSame(UnresolvedSchemaException unresolved, byte[] key, byte[] value) {
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
     * Requires the teacher's tokenizer, of batches and end markers alike.
     *
     * @throws UsageException for another tokenizer, before any record of the topic was made with the teacher's
     * @throws UnusableBatchException for another tokenizer later
     */
    public void requireTokenizer(String address, TokenBatch batch, TeacherModel teacher) {
        if (teacher.hasTokenizerOf(batch)) {
            proofs.tokenizerFits();
            return;
        }
        String message =
                address + ": batch " + BatchKey.of(batch) + " was made with tokenizer " + batch.getTokenizerHash()
                        + " of vocabulary " + batch.getVocabularySize() + ", but the teacher "
                        + teacher.identity().getId()
                        + " has tokenizer " + teacher.tokenizerHash() + " of vocabulary " + teacher.vocabularySize();
        if (!proofs.hasTokenizer()) {
            throw new UsageException(
                    message + "; nothing was taught: start with the teacher that has the topic's tokenizer, or"
                            + " publish the corpus for this one in a topic of its own (topics.tokens)");
        }
        throw new UnusableBatchException(message);
    }

    /**
     * Requires that a record's key names its batch: readers address, order and count batches by their keys.
     *
     * @throws UsageException when it does not, in a topic in which no record was found whose key does
     * @throws UnusableBatchException when it does not, in another topic
     */
    public void requireKey(String address, TokenBatch batch, byte[] key) {
        String expected = BatchKey.of(batch).toString();
        if (key == null) {
            throw unusable(address + ": the record has no key; that of its batch is " + expected, null);
        }
        if (!Arrays.equals(key, expected.getBytes(StandardCharsets.UTF_8))) {
            throw unusable(
                    address + ": the key '" + shown(key) + "' does not name the batch in the record, " + expected,
                    null);
        }
        proofs.topicFits();
    }

    private static String shown(byte[] key) {
        // Beyond its first characters a key need not even be decoded.
        String text = new String(key, 0, Math.min(key.length, 4 * SHOWN_OF_KEY), StandardCharsets.UTF_8)
                .replaceAll("\\p{Cntrl}", "?");
        return text.length() <= SHOWN_OF_KEY && key.length <= 4 * SHOWN_OF_KEY
                ? text
                : text.substring(0, Math.min(text.length(), SHOWN_OF_KEY)) + "...";
    }
}
