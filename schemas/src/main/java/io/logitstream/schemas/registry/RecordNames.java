package io.logitstream.schemas.registry;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.schemas.LogitsBatch;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Tells from a record's bytes what it is, for topics that may hold either kind. */
public final class RecordNames {
    private RecordNames() {}

    /**
     * Whether a record is a {@link LogitsBatch}, by the name of the schema it was written with.
     *
     * @param registry the registry
     * @param data value of the record, in Confluent's wire format
     * @throws LogitstreamException when the value is too short or the registry does not know its schema
     */
    public static boolean isLogitsBatch(SchemaRegistryClient registry, byte[] data) {
        if (data == null || data.length < AvroSerializer.HEADER_BYTES) {
            throw new LogitstreamException("the record is too short for Confluent's wire format");
        }
        int id = ByteBuffer.wrap(data).getInt(1);
        try {
            return registry.getSchemaById(id)
                    .name()
                    .equals(LogitsBatch.getClassSchema().getFullName());
        } catch (IOException | RestClientException e) {
            throw new LogitstreamException(
                    "schema id " + id + " cannot be had from the schema registry: " + FailureText.of(e), e);
        }
    }
}
