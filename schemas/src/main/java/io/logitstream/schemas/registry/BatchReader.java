package io.logitstream.schemas.registry;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.LogitsBatch;
import io.logitstream.schemas.TokenBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.errors.SerializationException;

/**
 * Reads the records of a topic that holds either token batches or logits batches. The schema of the first record
 * decides which. Not thread-safe.
 */
public final class BatchReader {
    /**
     * A record that was read but not checked.
     *
     * @param tokens the token batch, or the one within the logits batch
     * @param logits the logits batch; null in a tokens topic
     */
    public record Batch(TokenBatch tokens, LogitsBatch logits) {}

    private final SchemaRegistryClient registry;
    private final AvroDeserializer<TokenBatch> tokensReader;
    private final AvroDeserializer<LogitsBatch> logitsReader;
    private Boolean holdsLogits;

    /**
     * Creates a reader for the records of one topic.
     *
     * @param registry shared client, closed by its owner
     */
    public BatchReader(SchemaRegistryClient registry) {
        this.registry = registry;
        this.tokensReader = new AvroDeserializer<>(registry, TokenBatch.class);
        this.logitsReader = new AvroDeserializer<>(registry, LogitsBatch.class);
    }

    /**
     * Reads a record.
     *
     * @throws LogitstreamException if the record has no value, or if the registry cannot be asked
     * @throws SerializationException if the record cannot be read, or is of the other schema than the first
     */
    public Batch read(ConsumerRecord<?, byte[]> record) {
        if (record.value() == null) {
            throw new LogitstreamException("the record has no value");
        }
        if (holdsLogits == null) {
            holdsLogits = isLogitsBatch(record.value());
        }
        if (holdsLogits) {
            LogitsBatch logits = logitsReader.deserialize(record.topic(), record.value());
            return new Batch(logits.getBatch(), logits);
        }
        return new Batch(tokensReader.deserialize(record.topic(), record.value()), null);
    }

    /** Whether the topic holds logits batches; null before the first record. */
    public Boolean holdsLogits() {
        return holdsLogits;
    }

    private boolean isLogitsBatch(byte[] value) {
        if (value.length < AvroSerializer.HEADER_BYTES) {
            throw new LogitstreamException("the record is too short for Confluent's wire format");
        }
        int id = ByteBuffer.wrap(value).getInt(1);
        try {
            return registry.getSchemaById(id)
                    .name()
                    .equals(LogitsBatch.getClassSchema().getFullName());
        } catch (IOException | RestClientException e) {
            throw new LogitstreamException(
                    "schema id " + id + " cannot be read from the schema registry: " + FailureText.of(e), e);
        }
    }
}
